import { QuadgateError } from "../../../src/model/errors.ts";
import type { Host, Lock, Processes } from "../../../src/model/host.ts";
import { endUnchanged } from "../../../src/model/stop.ts";
import { type FaultOptions, type Process, withFaults } from "./faults.ts";
import { createFoldersPort } from "./folders.ts";
import { createGitPort, type TestRepository } from "./git.ts";
import { createPodmanPort } from "./podman.ts";
import { createGeneratorPort } from "./quadlet.ts";
import { createSystemdPort } from "./systemd.ts";
import type { World } from "./world.ts";

export { reboot, restartManager } from "./boot.ts";
export { people } from "./by-hand.ts";
export type { Behaviour } from "./contents.ts";
export type { Fault, FaultOptions } from "./faults.ts";
export { TestRepository } from "./git.ts";
export { moveTag, pullImage, removeImages } from "./images.ts";
export { World } from "./machine.ts";
export { whyNoFakeHost } from "./quadlet.ts";

/** A process that works on a machine; when it is killed the machine stays, and its locks are free. */
export type Connection = Process;

/** Starts a process on a machine. */
export function connect(
  world: World,
  repository: TestRepository | undefined,
  faults?: FaultOptions,
): Connection {
  const self: Holder = { isDead: false };
  const quadlet = createGeneratorPort(world);
  const clone = `${world.facts.stateDir}/repo`;
  const host: Omit<Host, "within"> = {
    facts: world.facts,
    processes: createProcessesPort(world),
    files: world.files,
    folders: createFoldersPort(world),
    git: repository === undefined ? noGit : createGitPort(repository, clone, world.clock),
    podman: createPodmanPort(world),
    systemd: createSystemdPort(world, quadlet),
    connections: { probe: async (request, pid) => world.probe(request, pid) },
    quadlet,
    lock: createLockPort(world, self),
    clock: world.clock,
  };
  const releaseLocks = () => {
    for (const path of world.locks.keys()) release(world, path, self);
  };
  const process = withFaults(host, faults, releaseLocks);
  const kill = () => {
    self.isDead = true;
    world.processes.delete(kill);
    process.kill();
  };
  world.processes.add(kill);
  return { ...process, kill };
}

/** Who holds a lock, or waits for one. */
interface Holder {
  isDead: boolean;
}

const refuse = () => Promise.reject(new Error("this fake host has no repository"));
const noGit: Host["git"] = {
  fetch: refuse,
  resolve: refuse,
  readTree: refuse,
  branches: refuse,
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

function createLockPort(world: World, self: Holder): Lock {
  return {
    acquire: async (path, { waitMs, signal, shared = false }) => {
      const deadline = world.clock.steady + waitMs;
      const isFree = () => {
        const holders = world.locks.get(path) ?? [];
        return holders.length === 0 || (shared && holders.every((one) => one.shared));
      };
      while (!isFree()) {
        endUnchanged(signal);
        if (world.clock.steady >= deadline)
          throw new QuadgateError("locked", `another quadgate is running (${path} is locked)`);
        await world.clock.sleep(100);
      }
      if (!self.isDead) world.locks.set(path, [...(world.locks.get(path) ?? []), { holder: self, shared }]);
      return async () => release(world, path, self);
    },
  };
}

function release(world: World, path: string, self: Holder): void {
  const others = (world.locks.get(path) ?? []).filter(({ holder }) => holder !== self);
  if (others.length === 0) world.locks.delete(path);
  else world.locks.set(path, others);
}
