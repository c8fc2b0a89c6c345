import type { CheckResult, CommonIssue, InstanceCheck } from "../../model/check.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Emit } from "../../model/event.ts";
import { at, type Json, serviceOf, textAt } from "../../model/live.ts";
import { lookByCommand } from "./command.ts";
import { fittingIssues } from "./issues.ts";
import { lookInLog } from "./log.ts";
import { type CheckFinding, type CheckHost, type CheckObservation, failed, notChecked } from "./looked.ts";
import { lookByConnecting, lookByRequest } from "./network.ts";
import { lookByRoute } from "./route.ts";

/** A check, and the service whose container it is about. */
export interface CheckTarget {
  readonly instance: string;
  readonly check: InstanceCheck;
  readonly service: string;
  /** The pattern's common issues, to find those that a failure looks like. */
  readonly commonIssues: readonly CommonIssue[];
}

export interface CheckOptions {
  /** How long failing checks are repeated, because services take a moment. */
  readonly graceMs: number;
  readonly emit: Emit;
}

const PAUSE_MS = { first: 300, longest: 2_000 };

/**
 * Runs every check, and repeats those that fail until they pass or the grace time is over. Changes nothing on
 * the host unless the pattern's own commands do. Reports a check that cannot run as such, with the reason.
 */
export async function runChecks(
  host: CheckHost,
  targets: readonly CheckTarget[],
  { graceMs, emit }: CheckOptions,
): Promise<readonly CheckResult[]> {
  const results = new Map<CheckTarget, CheckResult>();
  const began = host.clock.ticks();
  let open = targets;
  for (let pause = PAUSE_MS.first; open.length > 0; pause = Math.min(pause * 1.5, PAUSE_MS.longest)) {
    const containers = await host.podman.containers();
    const again: CheckTarget[] = [];
    await Promise.all(
      open.map(async (target) => {
        const container = containers.find((one) => serviceOf(one) === target.service && isRunning(one));
        const looked = await lookOnce(host, target, container, containers);
        const durationMs = host.clock.ticks() - began;
        const culprit = looked.culprit ?? (container === undefined ? undefined : textAt(container, "Name"));
        const look = lookFurther(host, target, culprit);
        results.set(target, { ...resultOf(target, looked, durationMs), look });
        if (looked.status !== "passed" && looked.final !== true) again.push(target);
      }),
    );
    open = again;
    if (open.length === 0 || host.clock.ticks() - began >= graceMs) break;
    emit({ type: "waiting", message: open.map(({ check }) => check.description).join(" ") });
    await host.clock.sleep(pause);
  }
  return targets.flatMap((target) => results.get(target) ?? []);
}

function isRunning(container: Json): boolean {
  return at(container, "State", "Running") === true;
}

async function lookOnce(
  host: CheckHost,
  { check, service }: CheckTarget,
  container: Json | undefined,
  containers: readonly Json[],
): Promise<CheckObservation> {
  if (container === undefined) return failed(`no container of ${service} is running`);
  try {
    return await lookAt(check, { host, container, containers });
  } catch (error) {
    if (error instanceof QuadgateError) return notChecked(error.message);
    throw error;
  }
}

function lookAt(check: InstanceCheck, seen: CheckFinding): Promise<CheckObservation> | CheckObservation {
  if ("problem" in check) return notChecked(`the pattern's check is faulty: ${check.problem}`);
  switch (check.check) {
    case "command":
      return lookByCommand(check, seen);
    case "tcp":
      return lookByConnecting(check, seen);
    case "http":
      return lookByRequest(check, seen);
    case "route":
      return lookByRoute(check, seen);
    case "no-log":
      return lookInLog(check, seen);
  }
}

/** The command that shows more. */
function lookFurther({ facts }: CheckHost, { service }: CheckTarget, culprit: string | undefined): string {
  if (culprit !== undefined) return `podman logs ${culprit}`;
  return `systemctl ${facts.rootless ? "--user " : ""}status ${service}`;
}

function resultOf(
  target: CheckTarget,
  looked: CheckObservation,
  durationMs: number,
): Omit<CheckResult, "look"> {
  const { instance, check, commonIssues } = target;
  const { status, message, said } = looked;
  return {
    instance,
    check: check.check,
    description: check.description,
    status,
    message,
    durationMs,
    ...(said === undefined ? {} : { said }),
    issues: status === "failed" ? fittingIssues(check, looked, commonIssues) : [],
  };
}
