import type { Timeline } from "./clock.ts";
import { endContainer } from "./ending.ts";
import { checkByTimer } from "./health.ts";
import { failStart, restartByItself, runQueue } from "./jobs.ts";
import type { World } from "./world.ts";

interface Due {
  readonly at: number;
  readonly act: () => void;
}

/** What a machine does by itself as time passes: ends, checks, time-outs, restarts; and what a test has planned. */
export function timelineOf(world: World): Timeline {
  return {
    next: () => first(world)?.at ?? Number.POSITIVE_INFINITY,
    happen: () => {
      first(world)?.act();
      runQueue(world);
    },
  };
}

/** At equal times in a fixed order. */
function first(world: World): Due | undefined {
  let earliest: Due | undefined;
  const offer = (at: number | undefined, act: () => void) => {
    if (at !== undefined && at < (earliest?.at ?? Number.POSITIVE_INFINITY)) earliest = { at, act };
  };
  for (const planned of world.agenda) {
    offer(planned.at, () => {
      world.agenda.splice(world.agenda.indexOf(planned), 1);
      planned.act();
    });
  }
  for (const container of world.contents.containers) {
    if (container.status !== "running") continue;
    const { ends } = container;
    if (ends !== undefined) offer(ends.at, () => endContainer(world, container, ends.status));
    if (container.health !== undefined) offer(container.nextCheckAt, () => checkByTimer(world, container));
  }
  for (const [service, run] of world.contents.runs) {
    if (run.active === "activating" && run.sub === "start")
      offer(run.deadline, () => failStart(world, service, "timeout"));
    if (run.sub === "auto-restart") offer(run.restartAt, () => restartByItself(world, service));
  }
  return earliest;
}
