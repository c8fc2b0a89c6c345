import { QuadgateError } from "../../../src/model/errors.ts";
import type { Host, Lock, Processes } from "../../../src/model/host.ts";
import { endUnchanged } from "../../../src/model/stop.ts";
import { type FaultOptions, type Process, withFaults } from "./faults.ts";
import { createFoldersPort } from "./folders.ts";
import { createGitPort, type TestRepository } from "./git.ts";
import { Manager } from "./manager.ts";
import { createPodmanPort } from "./podman.ts";
import { createGeneratorPort } from "./quadlet.ts";
import { createSystemdPort } from "./systemd.ts";
import type { World } from "./world.ts";

export type { Fault, FaultOptions } from "./faults.ts";
export { TestRepository } from "./git.ts";
export { whyNoFakeHost } from "./quadlet.ts";
export { type Behaviour, World } from "./world.ts";

/** A process that works on a machine; when it dies the machine stays, and its locks are free. */
export interface Connection extends Process {
  readonly kill: () => void;
}

/** Starts a process on a machine. */
export function connect(
  world: World,
  repository: TestRepository | undefined,
  faults?: FaultOptions,
): Connection {
  const self = {};
  const quadlet = createGeneratorPort(world.files, world.facts.unitDir);
  const clone = `${world.facts.stateDir}/repo`;
  const host: Omit<Host, "within"> = {
    facts: world.facts,
    processes: createProcessesPort(world),
    files: world.files,
    folders: createFoldersPort(world),
    git: repository === undefined ? noGit : createGitPort(repository, clone),
    podman: createPodmanPort(world),
    systemd: createSystemdPort(world, new Manager(world, quadlet)),
    connections: { probe: async (request, pid) => world.probe(request, pid) },
    quadlet,
    lock: createLockPort(world, self),
    clock: world.clock,
  };
  const releaseLocks = () => {
    for (const [path, holder] of world.locks) if (holder === self) world.locks.delete(path);
  };
  return { ...withFaults(host, faults, releaseLocks), kill: releaseLocks };
}

const refuse = () => Promise.reject(new Error("this fake host has no repository"));
const noGit: Host["git"] = {
  fetch: refuse,
  resolve: refuse,
  readTree: refuse,
  hooksFolder: refuse,
  log: refuse,
  revertTo: refuse,
  commitFiles: refuse,
  catchUp: refuse,
};

/** The one program that the machine has is homelab-intel. */
function createProcessesPort(world: World): Processes {
  return {
    run: async (file) => {
      if (file !== "homelab-intel")
        throw new QuadgateError("command-missing", `cannot run ${file}: not found`);
      const stdout = JSON.stringify({ health_score: world.healthScore });
      return { exitCode: 0, stdout, stderr: "", timedOut: false };
    },
  };
}

function createLockPort(world: World, self: object): Lock {
  return {
    acquire: async (path, { waitMs, signal }) => {
      const deadline = world.clock.ms + waitMs;
      while (world.locks.has(path)) {
        endUnchanged(signal);
        if (world.clock.ms >= deadline)
          throw new QuadgateError("locked", `another quadgate is running (${path} is locked)`);
        await world.clock.sleep(100);
      }
      world.locks.set(path, self);
      return async () => {
        if (world.locks.get(path) === self) world.locks.delete(path);
      };
    },
  };
}
