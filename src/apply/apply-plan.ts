import { isAbsolute } from "node:path";
import type { Change, Outcome } from "../model/plan.ts";
import { endUnchanged } from "../model/stop.ts";
import { mainUnitOf } from "../model/unit.ts";
import { type ApplyInput, failure, skipped, success, work } from "./context.ts";
import { disableUnits, enableUnits } from "./enable.ts";
import { removeControls, writeFiles } from "./files.ts";
import { makeFolders } from "./folders.ts";
import { runHooks } from "./hooks.ts";
import { isTemplate, restartInstances, stopInstances } from "./instances.ts";
import { startServices } from "./start.ts";
import { stopServices } from "./stop.ts";
import { loadTimers } from "./timers.ts";

/** How often quadgate looks again for a unit that is missing right after a reload, and the pause between. */
const RELOAD_PATIENCE = { tries: 20, pauseMs: 100 };

/**
 * Carries out a plan: runs hooks, makes folders, notes in the inventory what begins, stops what is deleted,
 * writes files, enables plain units, reloads systemd and starts services level by level. Every step can be
 * repeated, so the next sync finishes one that died anywhere in here. A failing unit is an outcome, not an
 * exception. Throws `interrupted` if quadgate is asked to end before it has changed anything.
 */
export async function applyPlan(whole: ApplyInput): Promise<readonly Outcome[]> {
  const unsaved = await runHooks(whole);
  const prepared = without(whole, unsaved);
  const homeless = await makeFolders(prepared);
  const ready = without(prepared, homeless);
  const refused = [...unsaved, ...homeless];
  for (const outcome of refused) whole.emit({ type: "unit-finished", outcome });
  const begun = work(ready.plan);
  if (begun.length === 0) return refused;
  endUnchanged(ready.signal);
  await ready.inventoryLog.begin(begun, ready.plan.revision);
  const stuck = new Map([...(await stopInstances(ready)), ...(await stopServices(ready))]);
  const unmoved = notWritten(ready, stuck);
  await disableUnits(without(ready, unmoved));
  const written = await writeFiles(without(ready, unmoved));
  const unwritten = [
    ...unmoved,
    ...written,
    ...(await enableUnits(without(ready, [...unmoved, ...written]))),
  ];
  for (const outcome of unwritten) whole.emit({ type: "unit-finished", outcome });
  const input = without(ready, unwritten);
  const changes = work(input.plan);
  const controls = await removeControls(input);
  const isReloaded = controls || changes.some(({ unit }) => !isAbsolute(unit));
  const timers = isReloaded ? await loadTimers(input, () => reload(input)) : [];
  for (const outcome of timers) input.emit({ type: "unit-finished", outcome });
  const started = [...timers, ...(await startServices(input)), ...(await restartInstances(input))];
  const others = changes
    .filter((change) => change.action === "delete" || change.reloadOnly || isPlain(change))
    .map((change) => {
      const problem = change.action === "delete" ? stuck.get(change.unit) : undefined;
      return problem === undefined ? success(change, 0) : skipped(change, problem);
    });
  for (const outcome of others) input.emit({ type: "unit-finished", outcome });
  return [...refused, ...unwritten, ...started, ...others];
}

/** Whether a change is one of a file that nothing is started from. */
function isPlain(change: Change): boolean {
  return change.service === null && !isTemplate(change);
}

/**
 * The failures of units that were to be recreated but did not stop. They keep their text and their drop-ins.
 * Deletions are not among them.
 */
function notWritten({ plan }: ApplyInput, stuck: ReadonlyMap<string, string>): readonly Outcome[] {
  return work(plan).flatMap((change) => {
    const problem = change.action === "delete" ? undefined : stuck.get(mainUnitOf(change.unit));
    return problem === undefined ? [] : [failure(change, 0, problem)];
  });
}

/** Leaves out the changes that already have an outcome. */
function without(input: ApplyInput, outcomes: readonly Outcome[]): ApplyInput {
  const changes = input.plan.changes.filter(({ unit }) => !outcomes.some((outcome) => outcome.unit === unit));
  return { ...input, plan: { ...input.plan, changes } };
}

/**
 * Reloads systemd and waits for the units. If reloads run concurrently, daemon-reload can return before the
 * generator's last unit is loaded.
 */
async function reload({ host, plan, emit }: ApplyInput): Promise<void> {
  await host.systemd.daemonReload();
  const needed = work(plan)
    .filter((change) => change.action !== "delete")
    .flatMap((change) => change.service ?? []);
  for (let attempt = 1; attempt <= RELOAD_PATIENCE.tries; attempt += 1) {
    const states = await host.systemd.services(needed);
    const missing = needed.filter((name) => states.get(name)?.loadState === "not-found");
    if (missing.length === 0) return;
    if (attempt === RELOAD_PATIENCE.tries / 2) await host.systemd.daemonReload();
    emit({ type: "waiting", message: `systemd does not know ${missing.join(", ")} yet` });
    await host.clock.sleep(RELOAD_PATIENCE.pauseMs);
  }
}
