import type { Emit } from "../model/event.ts";
import type { Host } from "../model/host.ts";
import { at, type Json, type ServiceState, serviceOf, textAt } from "../model/live.ts";
import { pause } from "../model/pause.ts";
import { ASKED_TO_END } from "../model/stop.ts";
import { unitKindOf } from "../model/unit.ts";

export interface VerifyTarget {
  /** Unit.name */
  readonly unit: string;
  readonly service: string;
  /** Whether an inactive service has ended well, as one of `Type=oneshot` does. */
  readonly ends?: boolean;
  /** Whether it is good once systemd has loaded it, as a job is. */
  readonly isLoaded?: boolean;
}

export interface VerifyOptions {
  readonly timeoutMs: number;
  /** How long everything has to stay up afterwards; 0 skips the second look. */
  readonly stableMs: number;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = { first: 100, longest: 1_000 };

type Finding = { readonly state: "good" | "waiting" | "bad"; readonly message: string };

/**
 * Waits until every target's service is active, or has ended if it may, and its container runs and is
 * healthy. Returns the units that did not get there, with their last state. Does not wait for a service that
 * has failed.
 */
export async function waitUntilReady(
  host: Host,
  targets: readonly VerifyTarget[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, string>> {
  const problems = await waitUntilUpOrFailed(host, targets, options);
  const good = targets.filter(({ unit }) => !problems.has(unit));
  if (options.stableMs === 0 || good.length === 0 || options.signal?.aborted) return problems;
  const seconds = options.stableMs / 1_000;
  options.emit({ type: "waiting", message: `checking that all stay healthy for ${seconds} s` });
  await pause(host.clock, options.stableMs, options.signal);
  const after = [...(await look(host, good))].filter(([, { state }]) => state !== "good");
  return new Map([
    ...problems,
    ...after.map(([unit, { message }]) => [unit, `did not stay up: ${message}`] as const),
  ]);
}

async function waitUntilUpOrFailed(
  host: Host,
  targets: readonly VerifyTarget[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, string>> {
  const problems = new Map<string, string>();
  const deadline = host.clock.ticks() + options.timeoutMs;
  let open = targets;
  for (let pause = POLL_MS.first; open.length > 0; pause = Math.min(pause * 1.5, POLL_MS.longest)) {
    const findings = await look(host, open);
    for (const target of open) {
      const finding = findings.get(target.unit);
      if (finding?.state === "bad") problems.set(target.unit, finding.message);
    }
    open = open.filter((target) => findings.get(target.unit)?.state === "waiting");
    if (open.length === 0) break;
    const isOver = host.clock.ticks() >= deadline;
    if (isOver || options.signal?.aborted) {
      const why = isOver ? " when the time ran out" : `; ${ASKED_TO_END}`;
      for (const { unit } of open) problems.set(unit, `${findings.get(unit)?.message ?? "unknown"}${why}`);
      break;
    }
    options.emit({
      type: "waiting",
      message: open.map(({ unit }) => `${unit}: ${findings.get(unit)?.message}`).join(", "),
    });
    await host.clock.sleep(pause);
  }
  return problems;
}

async function look(host: Host, targets: readonly VerifyTarget[]): Promise<ReadonlyMap<string, Finding>> {
  const [services, containers] = await Promise.all([
    host.systemd.services(targets.map((target) => target.service)),
    host.podman.containers(),
  ]);
  const findings = new Map<string, Finding>();
  for (const target of targets) {
    const own = containers.filter((container) => serviceOf(container) === target.service);
    const finding = judge(target, services.get(target.service), own);
    findings.set(target.unit, finding);
    if (finding.state === "waiting") await Promise.all(own.filter(isStarting).map((one) => poke(host, one)));
  }
  return findings;
}

function judge(
  { unit, ends, isLoaded }: VerifyTarget,
  service: ServiceState | undefined,
  containers: readonly Json[],
): Finding {
  const active = service?.activeState ?? "unknown";
  if (isLoaded && service?.loadState === "loaded") return { state: "good", message: "loaded" };
  if (active === "failed") return { state: "bad", message: `the service has failed (${service?.result})` };
  if (service?.loadState !== "loaded") {
    return { state: "bad", message: `systemd reports it as ${service?.loadState}` };
  }
  if (ends && active === "inactive") return { state: "good", message: "finished" };
  if (active !== "active") return { state: "waiting", message: `the service is ${active}` };
  if (unitKindOf(unit) !== "container" || service.subState === "exited")
    return { state: "good", message: "active" };
  if (containers.length === 0) return { state: "waiting", message: "there is no container yet" };
  const stopped = containers.find((container) => at(container, "State", "Running") !== true);
  if (stopped) return { state: "waiting", message: `the container is ${textAt(stopped, "State", "Status")}` };
  const sick = containers.map(healthOf).find((health) => health !== "" && health !== "healthy");
  return sick === undefined
    ? { state: "good", message: "healthy" }
    : { state: "waiting", message: `the container is ${sick}` };
}

function healthOf(container: Json): string {
  return textAt(container, "State", "Health", "Status");
}

function isStarting(container: Json): boolean {
  return healthOf(container) !== "" && healthOf(container) !== "healthy";
}

/** podman's timer waits a whole interval between two checks; running the check now is sooner. */
async function poke(host: Host, container: Json): Promise<void> {
  await host.podman.healthcheck(textAt(container, "Name"));
}
