import type { Lab, LabRepo } from "../../test/lab/harness/lab.ts";
import { median, ms, print, timed } from "./timing.ts";

/** The default of `verify.stable`. */
const STABLE_MS = 10_000;

const START =
  "systemctl --user restart bench0.service; " +
  "podman healthcheck run $(podman ps --quiet --filter name=bench0$)";

/** What a sync of one changed unit takes on a host of so many containers. */
export interface SyncOfOne {
  readonly containers: number;
  /** Milliseconds from the command to verified. */
  readonly sync: number;
  /** Milliseconds of systemd's restart of that service and of one run of its health check. */
  readonly start: number;
}

/**
 * Times `quadgate reconcile` after a commit that changes one unit, in turns with what podman and systemd
 * alone need to restart that service and to check it.
 */
export async function syncOfOne(
  lab: Lab,
  repo: LabRepo,
  {
    containers,
    runs,
    manifest,
  }: { readonly containers: number; readonly runs: number; readonly manifest: string },
): Promise<SyncOfOne> {
  const syncs: number[] = [];
  const starts: number[] = [];
  const path = "desired-state/bench0.yaml";
  for (let run = 0; run <= runs; run += 1) {
    const text = manifest.replace("TZ: ", `RUN: "${containers}-${run}", TZ: `);
    await repo.commitAndPush({ [path]: text }, `Change one unit (${containers}, ${run})`);
    const sync = await timed(lab, "quadgate reconcile --yes");
    const start = await timed(lab, START);
    // The first round warms caches and does not count.
    if (run === 0) continue;
    syncs.push(sync);
    starts.push(start);
  }
  await repo.commitAndPush({ [path]: manifest }, `Change it back (${containers})`);
  await lab.quadgate(["reconcile", "--yes"]);
  return { containers, sync: median(syncs), start: median(starts) };
}

/** Prints the table of docs/performance.md. */
export function printSyncs(rows: readonly SyncOfOne[], runs: number): void {
  print(`\nMedian of ${runs} runs.\n`);
  print("| containers on the host | sync of one changed unit | its start alone | settling | the rest |");
  print("|---|---|---|---|---|");
  for (const { containers, sync, start } of rows) {
    const rest = sync - start - STABLE_MS;
    print(`| ${[containers, ms(sync), ms(start), ms(STABLE_MS), ms(rest)].join(" | ")} |`);
  }
}
