import { join } from "node:path";
import { execa } from "execa";
import { type Base, ensureBase } from "./base.ts";
import { boot, type LabMount, prepareWorkFolder } from "./boot.ts";
import { cgroupOf } from "./cgroup.ts";
import { dump } from "./dump.ts";
import { type ExecOptions, type ExecResult, exec, type LabProcess, spawn } from "./enter.ts";
import { copyIn, exists, type FileOptions, mkdir, read, sh, write } from "./files.ts";
import { checkout } from "./paths.ts";
import { identify } from "./processes.ts";
import { chooseFlavour, type Flavour } from "./recipe.ts";
import { createRecord, type LabRecord, newName, readRecord, workFolder } from "./registry.ts";
import { createRepo, type LabRepo } from "./repo.ts";
import { type SnapshotOptions, snapshot } from "./snapshot.ts";
import { whyNoLab } from "./support.ts";
import { forget, powerOff, reapLabs, tearDown, tearDownAtExit } from "./teardown.ts";

export type {
  ExecOptions,
  ExecResult,
  LabProcess,
  LabUser,
} from "./enter.ts";
export type { Flavour } from "./recipe.ts";
export type { LabRepo } from "./repo.ts";

/** What a lab is to be. */
export interface LabOptions {
  /** Default: QUADGATE_LAB_FLAVOUR, or trixie. */
  flavour?: Flavour;
  /** Default: one that no other lab has. */
  name?: string;
  /** What the lab calls itself; default: its name. Two labs may have the same. */
  hostname?: string;
  /** Folders and files of this machine that the lab sees as well. */
  mounts?: LabMount[];
  /** Keeps the lab when this process ends; someone has to take it down. */
  keep?: boolean;
}

/** A disposable host with systemd and podman, and quadgate from this checkout on its PATH. */
export class Lab {
  readonly record: LabRecord;
  constructor(record: LabRecord) {
    this.record = record;
  }
  get name(): string {
    return this.record.name;
  }
  get flavour(): Flavour {
    return this.record.flavour;
  }

  /** Runs a command without a shell, as homelab unless told otherwise; throws when it fails unless told otherwise. */
  exec(argv: string[], options?: ExecOptions): Promise<ExecResult> {
    return exec(this.record, argv, options);
  }
  /** Runs a bash script. */
  sh(script: string, options?: ExecOptions): Promise<ExecResult> {
    return sh(this.record, script, options);
  }
  /** Runs quadgate; an exit code other than 0 is a result, not an error. */
  quadgate(args: string[], options?: ExecOptions): Promise<ExecResult> {
    return exec(this.record, ["quadgate", ...args], { reject: false, ...options });
  }
  /** Starts a command that lasts; `kill(signal)` sends it the signal, and it never outlives this process. */
  spawn(argv: string[], options?: Omit<ExecOptions, "reject">): LabProcess {
    return spawn(this.record, argv, options);
  }

  /** Writes a file and makes the folders above it. */
  write(path: string, content: string | Uint8Array, options?: FileOptions): Promise<void> {
    return write(this.record, path, content, options);
  }
  /** Returns a file's text; reads as root. */
  read(path: string): Promise<string> {
    return read(this.record, path);
  }
  /** Tells whether there is anything at the path. */
  exists(path: string): Promise<boolean> {
    return exists(this.record, path);
  }
  /** Makes a folder and those above it. */
  mkdir(path: string, options?: FileOptions): Promise<void> {
    return mkdir(this.record, path, options);
  }
  /** Copies a file, or a folder's content, of this machine to a path in the lab. */
  copyIn(from: string, to: string, options?: FileOptions): Promise<void> {
    return copyIn(this.record, from, to, options);
  }
  /** Makes an empty bare repository ~/git/NAME.git and a clone to commit in. */
  bareRepo(name: string): Promise<LabRepo> {
    return createRepo(this.record, name);
  }

  /** Returns a text that stays the same as long as nothing on the host is changed, started or stopped. */
  snapshot(options?: SnapshotOptions): Promise<string> {
    return snapshot(this.record, options);
  }
  /** Returns journals, containers, failed units and unit files, for a person to read. */
  dump(): Promise<string> {
    return dump(this.record);
  }

  /**
   * Cuts the power and boots again; what was written to files, stores and volumes is kept, /run and /tmp are not. Waits
   * until units that start at boot have started or failed.
   */
  async restart(): Promise<void> {
    powerOff(this.record);
    await boot(this.record, true);
  }
  /** Cuts the power and boots another release over what was written, as the same host after an upgrade. */
  async upgrade(flavour: Flavour): Promise<void> {
    const base = await ensureBase(flavour);
    powerOff(this.record);
    Object.assign(this.record, { flavour, baseRoot: base.root });
    await boot(this.record, true);
  }
  /** Ends the lab and leaves nothing of it; may be called twice. */
  async down(): Promise<void> {
    tearDown(this.record);
    forget(this.record);
  }
}

/** Boots a lab in about a second; makes the base first where there is none. Labs of dead owners are cleared away. */
export async function bootLab(options: LabOptions = {}): Promise<Lab> {
  const reason = whyNoLab();
  if (reason) throw new Error(`the lab cannot run on this machine: ${reason}`);
  const base = await ensureBase(chooseFlavour(options.flavour));
  reapLabs();
  const lab = new Lab(claim(base, options));
  if (!options.keep) tearDownAtExit(lab.record);
  try {
    await copyStores(base, lab.record);
    prepareWorkFolder(lab.record, [...quadgateMounts(), ...(options.mounts ?? [])]);
    await boot(lab.record);
    return lab;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** Returns a lab that is already there, made by this or another process. */
export function attachLab(name: string): Lab {
  const record = readRecord(name);
  if (!record) throw new Error(`there is no lab named "${name}"`);
  return new Lab(record);
}

function claim(base: Base, { name = newName(), hostname = name, keep }: LabOptions): LabRecord {
  const owner = keep ? null : identify(process.pid);
  const record: LabRecord = {
    ...{ name, hostname, flavour: base.flavour, baseRoot: base.root },
    ...{ cgroup: cgroupOf(name), owner },
  };
  createRecord(record);
  return record;
}

async function copyStores(base: Base, record: LabRecord): Promise<void> {
  const work = workFolder(record.name);
  const script = join(import.meta.dirname, "copy-store.sh");
  await Promise.all([
    execa(script, [base.storeRoot, join(work, "store-root")]),
    execa(script, [base.storeHome, join(work, "store-home")]),
  ]);
}

/** What an installed package has, and nothing else of the checkout, so that nothing can come to depend on the rest. */
function quadgateMounts(): LabMount[] {
  const parts = ["dist", "patterns", "templates", "systemd", "schema", "package.json"];
  return parts.map((part) => ({ from: join(checkout, part), to: `/opt/quadgate/${part}` }));
}
