import { existsSync, rmSync } from "node:fs";
import { cgroupOf, destroyCgroup } from "./cgroup.ts";
import { isAlive, type ProcessId, sleepSync } from "./processes.ts";
import { ageMs, type LabRecord, labNames, readRecord, workFolder } from "./registry.ts";

/** Kills everything in a lab at once, as a power cut does; its files stay. */
export function powerOff(record: LabRecord): void {
  destroyCgroup(record.cgroup);
  if (record.boot) waitUntilGone(record.boot);
}

/** Ends a lab and leaves no process, cgroup, mount or file of it. May be called twice, and by two processes at once. */
export function tearDown(record: LabRecord): void {
  powerOff(record);
  rmSync(workFolder(record.name), { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Clears away the labs whose owner is gone and returns their names. Labs that belong to nobody, and those that another
 * process is just making, are left alone.
 */
export function reapLabs(): string[] {
  return labNames().filter((name) => {
    const record = readRecord(name);
    if (record) {
      if (record.owner === null || isAlive(record.owner)) return false;
      tearDown(record);
      return true;
    }
    if (ageMs(name) < 60_000) return false;
    destroyCgroup(cgroupOf(name));
    rmSync(workFolder(name), { recursive: true, force: true });
    return true;
  });
}

/** The mount namespace, and with it every mount of the lab, goes with the parent of its systemd. */
function waitUntilGone(boot: ProcessId): void {
  if (!isAlive(boot)) return;
  const deadline = Date.now() + 5_000;
  try {
    process.kill(boot.pid, "SIGKILL");
  } catch {
    return;
  }
  while (isAlive(boot) && Date.now() < deadline) sleepSync(2);
}

const owned = new Map<string, LabRecord>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function tearDownOwned(): void {
  for (const record of owned.values()) {
    owned.delete(record.name);
    if (existsSync(workFolder(record.name))) tearDown(record);
  }
}

function onSignal(signal: NodeJS.Signals): void {
  tearDownOwned();
  for (const name of signals) process.off(name, onSignal);
  process.kill(process.pid, signal);
}

/** Makes sure that the lab is torn down when this process exits or is interrupted. */
export function tearDownAtExit(record: LabRecord): void {
  if (owned.size === 0) {
    process.on("exit", tearDownOwned);
    for (const name of signals) process.on(name, onSignal);
  }
  owned.set(record.name, record);
}

/** Forgets a lab that has been torn down. */
export function forget(record: LabRecord): void {
  owned.delete(record.name);
  if (owned.size > 0) return;
  process.off("exit", tearDownOwned);
  for (const name of signals) process.off(name, onSignal);
}
