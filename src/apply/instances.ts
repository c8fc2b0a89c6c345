import { messageOf } from "../lib/error-message.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { ASKED_TO_END } from "../model/stop.ts";
import { defaultInstanceOf, templateServiceOf } from "../model/unit.ts";
import { comeUp } from "./come-up.ts";
import { type ApplyInput, failure, skipped, success, work } from "./context.ts";
import { takeDown } from "./down.ts";
import { orTakenOver } from "./taken-over.ts";
import { ALL_TURNS, TakenOver } from "./turns.ts";

/**
 * Restarts the running instances of templates that were written, and starts the instance that a template
 * wants at boot. A template itself cannot be started. Returns an outcome for each of these templates.
 */
export async function restartInstances(input: ApplyInput): Promise<readonly Outcome[]> {
  const templates = work(input.plan).filter(
    (change) => isTemplate(change) && change.action !== "delete" && !change.reloadOnly,
  );
  const outcomes: Outcome[] = [];
  for (const change of templates) {
    input.emit({
      type: "unit-started",
      instance: change.instance,
      unit: change.unit,
      action: change.action,
    });
    const { turns = ALL_TURNS } = input;
    const restart = () => turns.turn(change.instance, () => restartOne(input, change));
    const outcome = await turns.during(() => orTakenOver(change, restart));
    input.emit({ type: "unit-finished", outcome });
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Whether a change is one of a template. */
export function isTemplate({ unit }: Pick<Change, "unit">): boolean {
  return templateServiceOf(unit) !== undefined;
}

async function restartOne(input: ApplyInput, change: Change): Promise<Outcome> {
  const { host } = input;
  const began = host.clock.ticks();
  const elapsed = () => host.clock.ticks() - began;
  try {
    for (const service of await servicesOf(input, change)) {
      if (input.signal?.aborted) return skipped(change, ASKED_TO_END);
      await host.systemd.resetFailed(service);
      await comeUp(input, "restart", { instance: change.instance, service });
    }
    return success(change, elapsed());
  } catch (error) {
    if (error instanceof TakenOver) throw error;
    return failure(change, elapsed(), messageOf(error));
  }
}

/**
 * The instances that systemd has in memory, and the one that the template's [Install] section names; jobs are
 * left out, and so are those that serve one connection of a socket.
 */
async function servicesOf(
  { host, units, isJob = () => false }: ApplyInput,
  { unit }: Change,
): Promise<readonly string[]> {
  const template = templateServiceOf(unit) ?? "";
  const known = await host.systemd.unitsLike([template.replace("@.", "@*.")]);
  const states = await host.systemd.services(known);
  const running = known.filter((name) => states.get(name)?.activeState !== "inactive");
  const wanted = defaultInstanceOf(units.find(({ name }) => name === unit)?.content ?? "");
  const first = wanted === undefined ? [] : [template.replace("@.", `@${wanted}.`)];
  return [...new Set([...running, ...first])].filter(
    (name) => !isJob(name) && !states.get(name)?.triggeredBy.some((trigger) => trigger.endsWith(".socket")),
  );
}

/**
 * Stops the running instances of templates that are deleted, while systemd still knows how. Returns the
 * templates with an instance that systemd could not stop or a container that podman could not remove, and
 * why.
 */
export async function stopInstances(input: ApplyInput): Promise<ReadonlyMap<string, string>> {
  const { systemd } = input.host;
  const stuck = new Map<string, string>();
  for (const { unit } of work(input.plan).filter((one) => isTemplate(one) && one.action === "delete")) {
    const pattern = templateServiceOf(unit)?.replace("@.", "@*.") ?? "";
    for (const service of await systemd.unitsLike([pattern])) {
      const problem = await takeDown(input, service);
      if (problem !== undefined) stuck.set(unit, problem);
    }
  }
  return stuck;
}
