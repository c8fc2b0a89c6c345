import { join } from "node:path";
import { messageOf } from "../lib/error-message.ts";
import { maskOutput } from "../lib/mask-secrets.ts";
import { HOLD_DROP_IN, plainKindOf } from "../model/plain-unit.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { mainUnitOf } from "../model/unit.ts";
import { mergedText, type NamedText, unitOfTimer } from "../quadlet/plain-units.ts";
import { comeUp } from "./come-up.ts";
import { type ApplyInput, failure, success, work } from "./context.ts";

/** How often quadgate looks whether timers have settled, and the pause between. */
const PATIENCE = { tries: 40, pauseMs: 50 };

const JOURNAL_LINES = 3;

/** Whether a change is about a timer that stays and gets another schedule. */
export function isTimer({
  unit,
  action,
  reloadOnly,
}: Pick<Change, "unit" | "action" | "reloadOnly">): boolean {
  return action !== "delete" && reloadOnly !== true && isTimerUnit(unit);
}

function isTimerUnit(unit: string): boolean {
  return plainKindOf(unit) === "timer" && mainUnitOf(unit) === unit;
}

/**
 * Reloads systemd, and starts the timers of the plan without running their jobs. systemd counts from the last
 * run or start of a timer. If a new schedule has a time between then and now, the timer elapses at once: at
 * the reload if it is active, else at its start (systemd 257 and 262). During both, a condition holds the
 * jobs back. The timer elapses, systemd notes that and starts nothing.
 */
export async function loadTimers(
  input: ApplyInput,
  reload: () => Promise<void>,
): Promise<readonly Outcome[]> {
  const timers = work(input.plan).filter(isTimer);
  await releaseDeleted(input);
  if (timers.length === 0) {
    await reload();
    return [];
  }
  const holds = holdsOf(input, timers);
  try {
    for (const [path, text] of holds) await input.host.files.write(path, text, { mode: 0o644 });
    await reload();
    const outcomes: Outcome[] = [];
    for (const change of timers) outcomes.push(await startTimer(input, change));
    await waitForOverdue(input, timers);
    return outcomes;
  } finally {
    await release(input, holds);
    await input.host.systemd.daemonReload();
  }
}

async function startTimer(input: ApplyInput, change: Change): Promise<Outcome> {
  const { host, emit } = input;
  const began = host.clock.ticks();
  const elapsed = () => host.clock.ticks() - began;
  emit({ type: "unit-started", instance: change.instance, unit: change.unit, action: change.action });
  try {
    if (change.loadOnly === undefined) {
      await host.systemd.resetFailed(change.unit);
      await comeUp(input, "start", { instance: change.instance, service: change.unit });
    }
    return success(change, elapsed());
  } catch (error) {
    // systemctl's message does not say why; the journal does.
    const text = await host.systemd.journal(change.unit, JOURNAL_LINES).catch(() => "");
    emit({ type: "journal", unit: change.unit, lines: text.split("\n").map(maskOutput) });
    return failure(change, elapsed(), messageOf(error));
  }
}

/** Waits until what was overdue has elapsed. */
async function waitForOverdue({ host }: ApplyInput, timers: readonly Change[]): Promise<void> {
  const names = timers.map(({ unit }) => unit);
  for (let tries = 1; tries <= PATIENCE.tries; tries += 1) {
    const states = await host.systemd.timers(names);
    const now = host.clock.now().getTime();
    if (states.every(({ nextMs }) => nextMs === null || nextMs > now)) return;
    await host.clock.sleep(PATIENCE.pauseMs);
  }
}

/**
 * The drop-ins that hold jobs back, by their paths. They are in systemd's run-time folder, and the condition
 * ends with this process, so that nothing holds a job back for longer.
 */
function holdsOf(
  { host, units }: Pick<ApplyInput, "host"> & { readonly units: readonly NamedText[] },
  timers: readonly Change[],
): ReadonlyMap<string, string> {
  const { facts } = host;
  const folder = join(facts.runtimeDir, "systemd", facts.rootless ? "user" : "system");
  const path = (unit: string) => join(folder, `${unit}.d`, HOLD_DROP_IN);
  const jobs = timers.map(({ unit }) => unitOfTimer(unit, mergedText(unit, units)));
  return new Map([
    // Without delay, what is overdue elapses now.
    ...timers.map(({ unit }) => [path(unit), "[Timer]\nRandomizedDelaySec=0\nAccuracySec=1us\n"] as const),
    ...jobs.map((job) => [path(job), `[Unit]\nConditionPathExists=!/proc/${facts.pid}\n`] as const),
  ]);
}

/** A sync that was killed may have left the drop-ins of a timer that is deleted now. */
async function releaseDeleted(input: ApplyInput): Promise<void> {
  const deleted = work(input.plan).filter(({ unit, action }) => action === "delete" && isTimerUnit(unit));
  const units = [...input.live.files.values()];
  await release(input, holdsOf({ ...input, units }, deleted));
}

async function release({ host }: ApplyInput, holds: ReadonlyMap<string, string>): Promise<void> {
  for (const path of holds.keys()) {
    await host.files.remove(path);
    await host.files.removeEmptyFolder(join(path, ".."));
  }
}
