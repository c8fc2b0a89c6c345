import type { Clock, Host, HostFacts } from "../model/host.ts";
import { createConnections } from "./connections.ts";
import { managerEnvironment } from "./facts.ts";
import { createFiles } from "./files.ts";
import { createFolders } from "./folders.ts";
import { createGit } from "./git.ts";
import { createLock } from "./lock.ts";
import { createPodman } from "./podman.ts";
import { createProcesses } from "./processes.ts";
import { createQuadlet } from "./quadlet.ts";
import { createSystemd } from "./systemd.ts";

export { expandHome, readFacts } from "./facts.ts";
export { createFiles } from "./files.ts";

const clock: Clock = {
  now: () => new Date(),
  timezone: () => new Intl.DateTimeFormat().resolvedOptions().timeZone,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The real machine. `program`: the words that start quadgate. */
export function createHost(facts: HostFacts, program: readonly string[]): Host {
  const processes = createProcesses(managerEnvironment(facts));
  return {
    facts,
    processes,
    files: createFiles(),
    folders: createFolders(processes, facts.rootless),
    git: createGit(),
    podman: createPodman(processes),
    systemd: createSystemd(processes, facts.rootless),
    connections: createConnections(processes, facts.rootless, program),
    quadlet: createQuadlet(processes, facts.rootless),
    lock: createLock(),
    clock,
  };
}
