import { join } from "node:path";
import type { z } from "zod";
import { digestOf } from "../lib/digest.ts";
import { type Unit, unitDigest } from "../model/unit.ts";
import { parseAs, type StateFolder, toJson, unreadable } from "./folder.ts";
import { manifestSchema } from "./schemas.ts";

const ROOT = "units";
/** Written last, so a generation without it is unfinished and counts as absent. */
const MANIFEST = "manifest.json";

type StoredUnit = z.output<typeof manifestSchema>["units"][number];

/** What could be read of a generation. */
export interface SalvageResult {
  readonly units: readonly Unit[];
  /** What is wrong with the other units; absent: all could be read. */
  readonly problem?: string;
}

/**
 * Stores a set of units in a folder `units/<name>`, whose name is their common digest, and returns the name.
 * The folder holds Quadlet sources and drop-ins under their own names, so that podman's generator can read
 * it. An existing generation that is complete and unchanged stays as it is.
 */
export async function storeGeneration(folder: StateFolder, units: readonly Unit[]): Promise<string> {
  const sorted = [...units].sort((a, b) => (a.name < b.name ? -1 : 1));
  const name = digestOf(
    JSON.stringify(sorted.map((unit) => [unit.name, unit.kind, unit.instance, unit.mode, unit.digest])),
  );
  if ((await load(folder, name)).problem === undefined) return name;
  await discard(folder, name);
  for (const unit of sorted) {
    if (unit.kind !== "file") await folder.write(join(ROOT, name, unit.name), unit.content);
  }
  await folder.write(join(ROOT, name, MANIFEST), toJson({ schemaVersion: 1, units: sorted.map(toStored) }));
  return name;
}

/** The units of a generation, without their line tables. Throws `state-unreadable` if it is not complete. */
export async function readGeneration(folder: StateFolder, name: string): Promise<readonly Unit[]> {
  const { units, problem } = await salvageGeneration(folder, name);
  if (problem === undefined) return units;
  throw unreadable(
    problem,
    "run `quadgate reconcile`, which stores again what it can; or restore the folder from a backup",
  );
}

/** The intact units of a generation, without their line tables, and what is wrong with the others. */
export async function salvageGeneration(folder: StateFolder, name: string): Promise<SalvageResult> {
  const { units, problem } = await load(folder, name);
  if (problem === undefined) return { units };
  const path = join(folder.path, ROOT, name);
  return { units, problem: `the stored units in ${path} cannot be used: ${problem}` };
}

/** The folder with a generation's Quadlet sources. */
export function generationFolder(folder: StateFolder, name: string): string {
  return join(folder.path, ROOT, name);
}

/** Removes the manifest first, so that a half-removed generation does not look complete. */
async function discard(folder: StateFolder, name: string): Promise<void> {
  await folder.remove(join(ROOT, name, MANIFEST));
  await folder.remove(join(ROOT, name));
}

async function load(folder: StateFolder, name: string): Promise<SalvageResult> {
  const manifest = await folder.read(join(ROOT, name, MANIFEST));
  if (manifest === undefined) return { units: [], problem: `${MANIFEST} is missing` };
  const parsed = parseAs(manifestSchema, manifest);
  if (!parsed.ok) return { units: [], problem: `${MANIFEST}: ${parsed.message}` };
  const pathOf = (stored: StoredUnit) => join(ROOT, name, stored.name);
  const inFiles = parsed.value.units.filter(({ content }) => content === undefined);
  const contents = await folder.readMany(inFiles.map(pathOf));
  const units: Unit[] = [];
  const problems: string[] = [];
  for (const stored of parsed.value.units) {
    const content = stored.content ?? contents.get(pathOf(stored));
    if (content === undefined) problems.push(`${stored.name} is missing`);
    else if (unitDigest({ ...stored, content }) !== stored.digest)
      problems.push(`${stored.name} was changed`);
    else units.push({ ...stored, content });
  }
  return problems.length === 0 ? { units } : { units, problem: problems.join(", ") };
}

function toStored({ name, kind, instance, mode, digest, origin, content }: Unit): StoredUnit {
  const stored = { name, kind, instance, mode, digest, origin };
  return kind === "file" ? { ...stored, content } : stored;
}
