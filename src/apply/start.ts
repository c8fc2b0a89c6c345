import pLimit from "p-limit";
import { messageOf } from "../lib/error-message.ts";
import { maskError, maskOutput } from "../lib/mask-secrets.ts";
import type { ServiceState } from "../model/live.ts";
import { type Change, isBad, type Outcome } from "../model/plan.ts";
import { ASKED_TO_END } from "../model/stop.ts";
import { type ApplyInput, failure, skipped, success, work } from "./context.ts";
import { shownLines } from "./journal-lines.ts";
import { bringUp, byPod } from "./pods.ts";
import { orTakenOver } from "./taken-over.ts";
import { isTimer } from "./timers.ts";
import { ALL_TURNS, TakenOver } from "./turns.ts";

/** The first and the longest pause between two health checks of a starting container. */
const POKE_MS = { first: 250, longest: 2_000 };
const JOURNAL_LINES = 30;
const HEALTH_COMMAND = /^\s*(HealthCmd\s*=|PodmanArgs\s*=.*--health-cmd)/m;
/** More at once would slow down each of them, so that they reach their time limits on a small machine. */
const AT_ONCE = 16;

/**
 * Starts or restarts services level by level; timers have been started before. It skips services that wait
 * for one that failed, and services that have not begun when quadgate is asked to end.
 */
export async function startServices(input: ApplyInput): Promise<readonly Outcome[]> {
  const byService = new Map(
    work(input.plan)
      .filter((change) => change.service !== null && change.action !== "delete" && !change.reloadOnly)
      .filter((change) => !isTimer(change))
      .map((change) => [change.service, change] as const),
  );
  const failed = new Set<string>();
  const leftOut = new Set<Change>();
  const outcomes: Outcome[] = [];
  const atOnce = pLimit(AT_ONCE);
  const { turns = ALL_TURNS } = input;
  for (const level of input.plan.levels) {
    const changes = level.flatMap((service) => byService.get(service) ?? []);
    const startNext = async (change: Change) => {
      if (await isOnlyLoaded(input, change)) return success(change, 0);
      const blocker = [...(input.waitsFor.get(change.service ?? "") ?? [])].find((name) => failed.has(name));
      if (blocker !== undefined) return skipped(change, `waits for ${blocker}, which failed`);
      if (!(await isLeftOut(input, change))) return startOne(input, change);
      leftOut.add(change);
      return skipped(change, ASKED_TO_END);
    };
    const inTurn = (change: Change) =>
      atOnce(() => orTakenOver(change, () => turns.turn(change.instance, () => startNext(change))));
    const results = await turns.during(() => byPod(input, changes, inTurn));
    results.forEach((outcome, index) => {
      input.emit({ type: "unit-finished", outcome });
      const change = changes[index];
      if (isBad(outcome) && change !== undefined && !leftOut.has(change)) failed.add(change.service ?? "");
    });
    outcomes.push(...results);
  }
  return outcomes;
}

/**
 * Once quadgate is asked to end, it starts nothing except the services that ran before this sync and that the
 * sync took down.
 */
async function isLeftOut({ host, live, signal }: ApplyInput, { service }: Change): Promise<boolean> {
  if (!signal?.aborted) return false;
  const name = service ?? "";
  return !isUp(live.services.get(name)) || isUp((await host.systemd.services([name])).get(name));
}

function isUp(state: ServiceState | undefined): boolean {
  return state?.activeState === "active" || state?.activeState === "activating";
}

/** Whether the service waits for what starts it. One that has begun meanwhile runs from the old text. */
async function isOnlyLoaded({ host }: ApplyInput, { service, loadOnly }: Change): Promise<boolean> {
  if (loadOnly !== "triggered") return loadOnly === "job";
  return !isUp((await host.systemd.services([service ?? ""])).get(service ?? ""));
}

async function startOne(input: ApplyInput, change: Change): Promise<Outcome> {
  const { host, emit } = input;
  const service = change.service ?? "";
  const began = host.clock.ticks();
  emit({ type: "unit-started", instance: change.instance, unit: change.unit, action: change.action });
  const elapsed = () => host.clock.ticks() - began;
  try {
    await host.systemd.resetFailed(service);
    input.onStart(service, host.clock.ticks());
    const job = bringUp(input, change);
    // Until the start itself has ended nothing is known, whatever becomes of the checks.
    for (const end of await Promise.allSettled([job, pokeUntil(input, change, job)]))
      if (end.status === "rejected") throw end.reason;
    return success(change, elapsed());
  } catch (error) {
    if (error instanceof TakenOver) throw error;
    const what = messageOf(error);
    if (!(await hasBegun(input, service)))
      return failure(change, elapsed(), (await refusal(input, service)) ?? what);
    const text = await host.systemd.journal(service, JOURNAL_LINES).catch(() => "");
    const lines = sinceLastStart(text.split("\n"));
    emit({ type: "journal", unit: change.unit, lines: shownLines(lines) });
    return failure(change, elapsed(), podmanError(lines) ?? what + unhealthy(input, change, lines));
  }
}

/**
 * Whether systemd got as far as running anything of the service. It does not if the service is masked or a
 * unit that it needs has failed. The journal is then that of an earlier start, and no health check ran.
 */
async function hasBegun({ host, live }: ApplyInput, service: string): Promise<boolean> {
  const states = await host.systemd.services([service]).catch(() => undefined);
  if (states === undefined) return true;
  return states.get(service)?.invocationId !== live.services.get(service)?.invocationId;
}

/** Why systemd has not loaded a unit, in its own words; undefined if it has. */
async function refusal({ host: { systemd } }: ApplyInput, service: string): Promise<string | undefined> {
  const loadState = (await systemd.services([service]).catch(() => undefined))?.get(service)?.loadState;
  if (loadState !== "bad-setting" && loadState !== "error") return undefined;
  const text = await systemd.journal(service, JOURNAL_LINES).catch(() => "");
  return whyRefused(service, text.split("\n"));
}

/** What systemd's journal says last of a unit that it does not load. */
export function whyRefused(service: string, lines: readonly string[]): string | undefined {
  const own = lines.findLast((line) => line.startsWith(`${service}: `));
  if (own === undefined || !own.includes("fatal error"))
    return own && `systemd does not load ${maskOutput(own)}`;
  const cause = lines.slice(0, lines.lastIndexOf(own)).findLast((line) => /^\/\S+:\d+: /.test(line));
  return `systemd does not load ${service}: ${maskOutput(cause ?? own)}`;
}

function sinceLastStart(lines: readonly string[]): readonly string[] {
  return lines.slice(
    Math.max(
      0,
      lines.findLastIndex((line) => line.startsWith("Starting ")),
    ),
  );
}

/**
 * Why podman could not start a container. Status 125 means that podman itself failed before the container ran
 * anything. Its last error is therefore not output of the service, which could hold a secret, and may be
 * kept.
 */
function podmanError(lines: readonly string[]): string | undefined {
  if (!lines.some((line) => line.includes("status=125"))) return undefined;
  const last = lines.findLast((line) => line.startsWith("Error: "));
  return last === undefined ? undefined : maskError(last.slice("Error: ".length));
}

function unhealthy({ units }: ApplyInput, change: Change, lines: readonly string[]): string {
  const content = units.find((candidate) => candidate.name === change.unit)?.content ?? "";
  const exited = lines.some((line) => line.includes("Main process exited"));
  return !exited && HEALTH_COMMAND.test(content) ? ": its health check has not passed" : "";
}

/**
 * Runs the health check while a service starts. A unit with Notify=healthy is up once its check has passed,
 * but podman's own timer runs the check only every `HealthInterval`.
 */
async function pokeUntil(
  { host, earlyChecks }: ApplyInput,
  change: Change,
  job: Promise<void>,
): Promise<void> {
  const container = earlyChecks.get(change.service ?? "");
  if (container === undefined) return;
  let running = true;
  const stop = () => {
    running = false;
  };
  job.then(stop, stop);
  for (let pause = POKE_MS.first; running; pause = Math.min(pause * 1.5, POKE_MS.longest)) {
    await Promise.race([host.clock.sleep(pause), job.catch(() => undefined)]);
    if (running) await host.podman.healthcheck(container);
  }
}
