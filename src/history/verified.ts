import { parseAs, type StateFolder, toJson } from "./folder.ts";
import { verifiedSchema } from "./schemas.ts";

const FILE = "verified.json";
/** Enough for 100 units with 20 versions each; the ones that were verified longest ago are forgotten. */
const MAX_DIGESTS = 2_000;

/**
 * Digests of unit contents that were verified on this host. A damaged file counts as empty: then no plan
 * is a restore, which is the careful answer.
 */
export async function verifiedDigests(folder: StateFolder): Promise<ReadonlySet<string>> {
  const parsed = parseAs(verifiedSchema, (await folder.read(FILE)) ?? "");
  return new Set(parsed.ok ? parsed.value.digests : []);
}

/** Adds digests as the latest ones. */
export async function addVerified(folder: StateFolder, digests: readonly string[]): Promise<void> {
  if (digests.length === 0) return;
  const known = await verifiedDigests(folder);
  const latest = new Set(digests);
  const all = [...[...known].filter((digest) => !latest.has(digest)), ...latest].slice(-MAX_DIGESTS);
  await folder.write(FILE, toJson({ schemaVersion: 1, digests: all }));
}
