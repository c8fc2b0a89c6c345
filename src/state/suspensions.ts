import { join } from "node:path";
import { isInForce, type Suspension } from "../model/suspension.ts";
import { parseAs, type StateFolder, toJson } from "./folder.ts";
import { suspensionSchema } from "./schemas.ts";

/**
 * One file per instance: each is written and removed alone, so no lock is needed and no other one is lost.
 */
const FOLDER = "suspended";
const SUFFIX = ".json";

/**
 * The suspensions in force at a time (milliseconds), by instance. A file that cannot be understood suspends
 * without an end, because a person wanted the instance to be left alone.
 */
export async function readSuspensions(
  folder: StateFolder,
  now: number,
): Promise<ReadonlyMap<string, Suspension>> {
  const names = (await folder.list(FOLDER)).filter((name) => name.endsWith(SUFFIX) && !name.startsWith("."));
  const read = await Promise.all(
    names.map(async (name) => [name.slice(0, -SUFFIX.length), await readOne(folder, name)] as const),
  );
  return new Map(
    read.flatMap(([instance, one]) => (one !== undefined && isInForce(one, now) ? [[instance, one]] : [])),
  );
}

async function readOne(folder: StateFolder, name: string): Promise<Suspension | undefined> {
  const content = await folder.read(join(FOLDER, name));
  if (content === undefined) return undefined;
  const parsed = parseAs(suspensionSchema, content);
  if (parsed.ok) return parsed.value;
  const reason = `${join(folder.path, FOLDER, name)} is damaged; quadgate resume removes it`;
  return { since: null, until: null, reason };
}

export async function writeSuspension(
  folder: StateFolder,
  instance: string,
  { since, until, reason }: Suspension,
): Promise<void> {
  await folder.write(fileOf(instance), toJson({ schemaVersion: 1, since, until, reason }));
}

export async function removeSuspension(folder: StateFolder, instance: string): Promise<void> {
  await folder.remove(fileOf(instance));
}

function fileOf(instance: string): string {
  return join(FOLDER, `${instance}${SUFFIX}`);
}
