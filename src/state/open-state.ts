import type { Host } from "../model/host.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Approval, HeldPlan, SyncRecord } from "../model/record.ts";
import type { Suspension } from "../model/suspension.ts";
import type { Unit } from "../model/unit.ts";
import { clearApproval, clearHeld, readApproval, readHeld, writeApproval, writeHeld } from "./approvals.ts";
import { openFolder } from "./folder.ts";
import {
  generationFolder,
  readGeneration,
  type SalvageResult,
  salvageGeneration,
  storeGeneration,
} from "./generations.ts";
import { readInventory, writeInventory } from "./inventory.ts";
import { appendRecord, readRecords } from "./records.ts";
import { readSuspensions, removeSuspension, writeSuspension } from "./suspensions.ts";
import { addVerified, verifiedTexts } from "./verified.ts";

/**
 * What quadgate remembers on this host. Writers hold the lock of the state directory. Reading throws
 * `state-unreadable` and writing `state-unwritable`. Each write happens in full or not at all.
 */
export interface State {
  /** The empty inventory before the first sync. A damaged one throws and never counts as empty. */
  readInventory(): Promise<Inventory>;
  writeInventory(inventory: Inventory): Promise<void>;
  /** Stores the units, for putting back and for drift, and returns the generation's name. */
  storeGeneration(units: readonly Unit[]): Promise<string>;
  /** Throws if the generation does not exist, is not complete or was changed. */
  readGeneration(name: string): Promise<readonly Unit[]>;
  /** The intact part of a generation, and what is wrong with the rest. */
  salvageGeneration(name: string): Promise<SalvageResult>;
  /** The folder with a generation's Quadlet sources under their own names. */
  generationFolder(name: string): string;
  /** Oldest first. */
  readRecords(): Promise<readonly SyncRecord[]>;
  /** Counts a sync that did nothing for the same cause as the last one in the last one's row. */
  appendRecord(record: SyncRecord): Promise<void>;
  readApproval(): Promise<Approval | null>;
  writeApproval(approval: Approval): Promise<void>;
  clearApproval(): Promise<void>;
  readHeld(): Promise<HeldPlan | null>;
  writeHeld(held: HeldPlan): Promise<void>;
  clearHeld(): Promise<void>;
  /** Those in force at a time (milliseconds), by instance. */
  readSuspensions(now: number): Promise<ReadonlyMap<string, Suspension>>;
  /** Needs no lock; neither does removing. */
  writeSuspension(instance: string, suspension: Suspension): Promise<void>;
  removeSuspension(instance: string): Promise<void>;
  /**
   * `textKey` and `imageKey` of the units, and `hooksKey` of the hooks, that were verified on this host: the
   * latest 4000.
   */
  verifiedTexts(): Promise<ReadonlySet<string>>;
  addVerified(texts: readonly string[]): Promise<void>;
}

/** Opens the state directory. The first write creates it. */
export function openState({ files, facts }: Pick<Host, "files" | "facts">): State {
  const folder = openFolder(files, facts.stateDir);
  return {
    readInventory: () => readInventory(folder),
    writeInventory: (inventory) => writeInventory(folder, inventory),
    storeGeneration: (units) => storeGeneration(folder, units),
    readGeneration: (name) => readGeneration(folder, name),
    salvageGeneration: (name) => salvageGeneration(folder, name),
    generationFolder: (name) => generationFolder(folder, name),
    readRecords: () => readRecords(folder),
    appendRecord: (record) => appendRecord(folder, record),
    readApproval: () => readApproval(folder),
    writeApproval: (approval) => writeApproval(folder, approval),
    clearApproval: () => clearApproval(folder),
    readHeld: () => readHeld(folder),
    writeHeld: (held) => writeHeld(folder, held),
    clearHeld: () => clearHeld(folder),
    readSuspensions: (now) => readSuspensions(folder, now),
    writeSuspension: (instance, suspension) => writeSuspension(folder, instance, suspension),
    removeSuspension: (instance) => removeSuspension(folder, instance),
    verifiedTexts: () => verifiedTexts(folder),
    addVerified: (texts) => addVerified(folder, texts),
  };
}
