import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "./paths.ts";
import type { ProcessId } from "./processes.ts";
import type { Flavour } from "./recipe.ts";

/** What is written down about a lab, in its work folder, so that any process can find it or clear it away. */
export interface LabRecord {
  name: string;
  hostname: string;
  flavour: Flavour;
  /** The base root file system that it was booted from. */
  baseRoot: string;
  cgroup: string;
  /** The lab is cleared away when this process is gone; null keeps it until someone takes it down. */
  owner: ProcessId | null;
  /** The parent of the lab's systemd, while it runs. */
  boot?: ProcessId;
  /** The lab's systemd, once it has started. */
  init?: ProcessId;
}

/** Returns the work folder of a lab. */
export function workFolder(name: string): string {
  return join(runFolder(), name);
}

/** Makes a name that no other lab has. */
export function newName(): string {
  return `homelab-${randomBytes(4).toString("hex")}`;
}

/** Claims the name and makes the work folder; throws when the name is taken. */
export function createRecord(record: LabRecord): void {
  if (!/^[a-z0-9][a-z0-9-]{0,50}$/.test(record.name)) throw new Error(`not a lab name: "${record.name}"`);
  mkdirSync(runFolder(), { recursive: true });
  try {
    mkdirSync(workFolder(record.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`a lab named "${record.name}" exists already`);
  }
  writeRecord(record);
}

/** Replaces what is written down about a lab. */
export function writeRecord(record: LabRecord): void {
  const path = join(workFolder(record.name), "lab.json");
  writeFileSync(`${path}.new`, JSON.stringify(record, null, 2));
  renameSync(`${path}.new`, path);
}

/** Returns what is written down about a lab, if there is one. */
export function readRecord(name: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(workFolder(name), "lab.json"), "utf8")) as LabRecord;
  } catch {
    return undefined;
  }
}

/** Returns the names of all work folders, also of those that no record describes. */
export function labNames(): string[] {
  try {
    return readdirSync(runFolder()).sort();
  } catch {
    return [];
  }
}

/** Returns all labs that are written down. */
export function listRecords(): LabRecord[] {
  return labNames().flatMap((name) => readRecord(name) ?? []);
}

/** Returns how long ago the work folder was made or changed. */
export function ageMs(name: string): number {
  try {
    return Date.now() - statSync(workFolder(name)).mtimeMs;
  } catch {
    return 0;
  }
}
