import { join } from "node:path";
import type { z } from "zod";
import { digestOf, type Unit, unitDigest } from "../model/unit.ts";
import { parseAs, type StateFolder, toJson, unreadable } from "./folder.ts";
import { manifestSchema } from "./schemas.ts";

const ROOT = "units";
/** Written last: a generation without it was not finished and counts as absent. */
const MANIFEST = "manifest.json";

type StoredUnit = z.output<typeof manifestSchema>["units"][number];

/**
 * Keeps a set of units as a folder `units/<name>`, whose name is the digest over them, and returns the name.
 * Quadlet sources and drop-ins stand in it under their own names, so that podman's generator can read it. One
 * that is there, whole and unharmed, is left as it is.
 */
export async function storeGeneration(folder: StateFolder, units: readonly Unit[]): Promise<string> {
  const sorted = [...units].sort((a, b) => (a.name < b.name ? -1 : 1));
  const name = digestOf(
    JSON.stringify(sorted.map((unit) => [unit.name, unit.kind, unit.instance, unit.mode, unit.digest])),
  );
  if (typeof (await load(folder, name)) !== "string") return name;
  await discard(folder, name);
  for (const unit of sorted) {
    if (unit.kind !== "file") await folder.write(join(ROOT, name, unit.name), unit.content);
  }
  await folder.write(join(ROOT, name, MANIFEST), toJson({ schemaVersion: 1, units: sorted.map(toStored) }));
  return name;
}

/** The units of a generation, without their line tables. Throws `state-unreadable` when it is not whole. */
export async function readGeneration(folder: StateFolder, name: string): Promise<readonly Unit[]> {
  const units = await load(folder, name);
  if (typeof units !== "string") return units;
  throw unreadable(
    `the stored units in ${join(folder.path, ROOT, name)} cannot be used: ${units}`,
    'restore the folder from a backup; or set "generation" to null in inventory.json, which gives up going back to them',
  );
}

/** Where a generation's Quadlet sources are. */
export function generationFolder(folder: StateFolder, name: string): string {
  return join(folder.path, ROOT, name);
}

/** The manifest goes first: what is half removed must not look whole. */
async function discard(folder: StateFolder, name: string): Promise<void> {
  await folder.remove(join(ROOT, name, MANIFEST));
  await folder.remove(join(ROOT, name));
}

/** The units, or why there are none. */
async function load(folder: StateFolder, name: string): Promise<readonly Unit[] | string> {
  const manifest = await folder.read(join(ROOT, name, MANIFEST));
  if (manifest === undefined) return `${MANIFEST} is missing`;
  const parsed = parseAs(manifestSchema, manifest);
  if (!parsed.ok) return `${MANIFEST}: ${parsed.message}`;
  const pathOf = (stored: StoredUnit) => join(ROOT, name, stored.name);
  const inFiles = parsed.value.units.filter(({ content }) => content === undefined);
  const contents = await folder.readMany(inFiles.map(pathOf));
  const units: Unit[] = [];
  for (const stored of parsed.value.units) {
    const content = stored.content ?? contents.get(pathOf(stored));
    if (content === undefined) return `${stored.name} is missing`;
    if (unitDigest({ ...stored, content }) !== stored.digest) return `${stored.name} was changed`;
    units.push({ ...stored, content });
  }
  return units;
}

function toStored({ name, kind, instance, mode, digest, origin, content }: Unit): StoredUnit {
  const stored = { name, kind, instance, mode, digest, origin };
  return kind === "file" ? { ...stored, content } : stored;
}
