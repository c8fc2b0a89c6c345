import type { GeneratorMessage, GeneratorOutput, LiveState } from "../model/live.ts";
import type { Plan, Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Unit } from "../model/unit.ts";
import type { Generated } from "../quadlet/generated.ts";
import { errorsAmong, isUnread } from "../quadlet/generator-messages.ts";

export interface UnloadableInput {
  readonly plan: Plan;
  readonly units: readonly Unit[];
  /** The output of the generator for `units` alone. */
  readonly generated: Pick<Generated, "services">;
  /** Its output for the unit directory as the plan would leave it. */
  readonly after: Pick<GeneratorOutput, "messages"> & { readonly services: ReadonlyMap<string, unknown> };
  readonly live: LiveState;
}

/**
 * Instances to which a plan cannot be applied, and why; none if podman's generator generates all services.
 */
export interface Unloadable {
  readonly leftAlone: ReadonlyMap<string, Reason>;
  /** The messages of the generator about the files at fault. */
  readonly messages: readonly string[];
}

/**
 * Instances whose services podman's generator would not generate after this plan because of other files in
 * the unit directory: one unreadable file costs all units next to it. If systemd would lose a service that it
 * has now, the plan must change nothing at all, because every change ends with a reload.
 */
export function unloadable({ plan, units, generated, after, live }: UnloadableInput): Unloadable {
  const actions = new Map(plan.changes.map(({ unit, action }) => [unit, action]));
  const texts = new Map(units.map(({ name, content }) => [name, content]));
  const isOwed = (unit: string) => {
    const action = actions.get(unit);
    const isWritten = action === "create" || action === "update";
    return isWritten || (texts.has(unit) && live.files.get(unit)?.content === texts.get(unit));
  };
  const lost = [...generated.services.values()].filter(
    ({ service, unit }) => !after.services.has(service) && isOwed(unit),
  );
  const names = new Set(lost.map(({ unit }) => unit));
  const isLoss = lost.some(({ service }) => live.generated.has(service));
  const stopped = plan.changes.filter(
    ({ action, unit }) => action !== "none" && !unit.startsWith("/") && (isLoss || names.has(unit)),
  );
  const messages = lost.length === 0 ? [] : culprits(after.messages, names);
  const leftAlone = new Map(stopped.map(({ instance }) => [instance, reason("generator-fails")]));
  return { leftAlone, messages };
}

/** Messages about the units themselves and about unreadable files; if there are none, all messages. */
function culprits(messages: readonly GeneratorMessage[], names: ReadonlySet<string>): readonly string[] {
  const errors = errorsAmong(messages);
  const own = errors.filter((row) => names.has(row.unit ?? "") || isUnread(row));
  return (own.length > 0 ? own : errors).map(({ message }) => message);
}
