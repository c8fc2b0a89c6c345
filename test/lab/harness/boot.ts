import { spawn } from "node:child_process";
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createCgroup, findInit } from "./cgroup.ts";
import { exec, type LabUser } from "./enter.ts";
import { identify, isAlive, type ProcessId } from "./processes.ts";
import { type LabRecord, workFolder, writeRecord } from "./registry.ts";

/** Something of this machine that the lab sees. */
export interface LabMount {
  from: string;
  to: string;
  /** Default: true. */
  readOnly?: boolean;
}

const bootDeadlineMs = 120_000;

/** Makes the folders that a lab writes to; the stores are expected to be copied in, or start empty. */
export function prepareWorkFolder(record: LabRecord, mounts: LabMount[]): void {
  const work = workFolder(record.name);
  for (const folder of ["upper", "work", "root", "store-root", "store-home"]) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  chownSync(join(work, "store-home"), 1000, 1000);
  const lines = mounts
    .filter(({ from }) => existsSync(from))
    .map(({ from, to, readOnly }) => `${readOnly === false ? "rw" : "ro"}\t${from}\t${to}\n`);
  writeFileSync(join(work, "mounts"), lines.join(""));
}

/**
 * Boots the lab and waits until its systemd and the user manager of homelab have started what they start at boot.
 * Throws when a unit failed, unless that is allowed.
 */
export async function boot(record: LabRecord, allowFailed = false): Promise<void> {
  const bootProcess = startBoot(record);
  record.boot = bootProcess;
  delete record.init;
  writeRecord(record);
  const deadline = Date.now() + bootDeadlineMs;
  const until = async <T>(what: string, probe: () => T | undefined | Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      if (!isAlive(bootProcess)) throw new Error(`lab ${record.name} did not boot:\n${bootLog(record)}`);
      if (Date.now() > deadline)
        throw new Error(`lab ${record.name}: no ${what} in time\n${bootLog(record)}`);
      await sleep(10);
    }
  };

  record.init = identify(await until("systemd", () => findInit(record.cgroup)));
  writeRecord(record);
  const inLab = (path: string) => (existsSync(`/proc/${record.init?.pid}/root${path}`) ? true : undefined);
  await until("system bus", () => inLab("/run/dbus/system_bus_socket"));
  await until("ready systemd", () => isReady(record, "root", allowFailed));
  await until("session bus of homelab", () => inLab("/run/user/1000/bus"));
  await until("ready user manager", () => isReady(record, "homelab", allowFailed));
}

function startBoot(record: LabRecord): ProcessId {
  createCgroup(record.cgroup);
  const work = workFolder(record.name);
  const log = openSync(join(work, "boot.log"), "w");
  const args = [record.baseRoot, work, record.hostname, record.cgroup];
  const child = spawn(join(import.meta.dirname, "boot.sh"), args, {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error("boot.sh could not be started");
  child.unref();
  return identify(child.pid);
}

function bootLog(record: LabRecord): string {
  return readFileSync(join(workFolder(record.name), "boot.log"), "utf8");
}

/** Returns undefined while the answer is not known. */
async function isReady(record: LabRecord, user: LabUser, allowFailed: boolean): Promise<true | undefined> {
  const systemctl = user === "root" ? ["systemctl"] : ["systemctl", "--user"];
  const options = { user, reject: false };
  const { stdout } = await exec(record, [...systemctl, "is-system-running", "--wait"], options);
  if (stdout === "running" || (stdout === "degraded" && allowFailed)) return true;
  if (stdout !== "degraded") return undefined;
  const failed = await exec(record, [...systemctl, "--failed", "--no-legend", "--plain"], options);
  throw new Error(`lab ${record.name} is degraded:\n${failed.all}`);
}
