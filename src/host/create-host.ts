import { QuadgateError } from "../model/errors.ts";
import type { Clock, Host, HostFacts, Processes } from "../model/host.ts";
import { LOOK_TIMEOUT_MS } from "../model/live.ts";
import { askAhead, type EarlyPodman, type EarlyStart } from "./ahead.ts";
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
import { hostTimezone } from "./timezone.ts";

export { readFacts } from "./facts.ts";
export { createFiles } from "./files.ts";

const clock: Clock = {
  now: () => new Date(),
  // libuv reads CLOCK_MONOTONIC, the clock of the journal.
  ticks: () => Math.round(Number(process.hrtime.bigint()) / 1e6),
  timezone: () => hostTimezone(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * Requests podman's lists on a host with these facts before they are needed. The folders among the facts do
 * not matter. Aborting ends requests whose answer nothing has asked for by then.
 */
export function lookAhead(facts: HostFacts, signal: AbortSignal): EarlyStart {
  const processes = createProcesses(managerEnvironment(facts));
  const ended: Processes = {
    run: (file, args, options) => processes.run(file, args, { ...options, signal }),
  };
  const podman = createPodman(until(ended, performance.now() + LOOK_TIMEOUT_MS), facts);
  return { rootless: facts.rootless, ahead: askAhead(podman) };
}

/**
 * The real machine. `program` holds the words that start quadgate. `begun` is what was requested ahead; it
 * only counts for its own kind of host.
 */
export function createHost(facts: HostFacts, program: readonly string[], begun?: EarlyStart): Host {
  const ahead: EarlyPodman = begun?.rootless === facts.rootless ? begun.ahead : (podman) => podman;
  const processes = createProcesses(managerEnvironment(facts));
  return {
    facts,
    processes,
    files: createFiles(),
    folders: createFolders(processes, facts.rootless),
    git: createGit(),
    podman: createPodman(processes, facts),
    systemd: createSystemd(processes, facts),
    connections: createConnections(processes, facts.rootless, program),
    quadlet: createQuadlet(processes, facts),
    lock: createLock(),
    clock,
    within: (timeoutMs) => {
      const limited = until(processes, performance.now() + timeoutMs);
      return { podman: ahead(createPodman(limited, facts)), systemd: createSystemd(limited, facts) };
    },
  };
}

/** systemctl and busctl give up by themselves after waiting 90 and 25 s for a reply (sd_bus_call(3)). */
const NO_REPLY = /\bConnection timed out\b/;

/** Runs programs that have to end by a time (of `performance.now()`). */
function until(processes: Processes, deadline: number): Processes {
  return {
    run: async (file, args, options = {}) => {
      const left = Math.max(1, Math.ceil(deadline - performance.now()));
      const timeoutMs = Math.min(left, options.timeoutMs ?? left);
      const result = await processes.run(file, args, { ...options, timeoutMs });
      const gaveUp = result.exitCode !== 0 && NO_REPLY.test(result.stderr);
      if (!gaveUp && (!result.timedOut || timeoutMs < left)) return result;
      throw new QuadgateError("no-answer", `${[file, ...args.slice(0, 2)].join(" ")} did not answer in time`);
    },
  };
}
