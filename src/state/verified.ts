import { parseAs, type StateFolder, toJson } from "./folder.ts";
import { verifiedSchema } from "./schemas.ts";

const FILE = "verified.json";
/** Enough for 100 units with 20 versions and images each. quadgate forgets the oldest ones. */
const MAX_TEXTS = 4_000;

/**
 * The texts of units (`textKey`) that were verified on this host, with their images (`imageKey`), and the
 * hooks (`hooksKey`). A damaged file counts as empty: no plan is a restore then, which is the careful answer.
 */
export async function verifiedTexts(folder: StateFolder): Promise<ReadonlySet<string>> {
  const parsed = parseAs(verifiedSchema, (await folder.read(FILE)) ?? "");
  return new Set(parsed.ok ? parsed.value.texts : []);
}

/** Adds texts as the latest. */
export async function addVerified(folder: StateFolder, texts: readonly string[]): Promise<void> {
  if (texts.length === 0) return;
  const known = await verifiedTexts(folder);
  const latest = new Set(texts);
  const all = [...[...known].filter((one) => !latest.has(one)), ...latest].slice(-MAX_TEXTS);
  await folder.write(FILE, toJson({ schemaVersion: 1, texts: all }));
}
