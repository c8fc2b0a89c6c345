import type { Change } from "../model/plan.ts";
import type { ReasonCode } from "../model/reasons.ts";

/** What a sync would still change right after it has applied a plan, by unit, in words. */
export interface Left {
  /** What was applied is not in force. */
  readonly failures: ReadonlyMap<string, string>;
  /** The text is in force, and something differs all the same. A restart would not mend it. */
  readonly warnings: ReadonlyMap<string, string>;
}

/**
 * Divides what is left after an apply by its cause. A live value that differs although the command that asks
 * for it is in force is somebody else's doing (podman, systemd, a person meanwhile), so it is never a reason
 * to put anything back. What would restart only together with another unit is not named.
 */
export function whatIsLeft(changes: readonly Change[]): Left {
  const left = changes.filter(isLeft);
  const failed = left.filter((change) => !isHarmless(change));
  const differing = left.filter((change) => !failed.includes(change) && has(change, "live-drift"));
  return {
    failures: new Map(failed.map((change) => [change.unit, describe(change)])),
    warnings: new Map(differing.map((change) => [change.unit, liveDrift(change)])),
  };
}

/** Reasons that do not say that what was applied is not in force. What a service does is judged elsewhere. */
const HARMLESS: ReadonlySet<string> = new Set<ReasonCode>([
  "service-inactive",
  "service-failed",
  "container-unhealthy",
  "live-drift",
  "dependency-restarted",
  "takes-along",
  "hooks-run",
]);

/**
 * podman gives a network or a volume its definition only when it makes it, so one that differs does not have
 * the definition that was applied.
 */
function isHarmless({ unit, reasons }: Change): boolean {
  return /\.(container|pod|kube)$/.test(unit) && reasons.every(({ code }) => HARMLESS.has(code));
}

/** Also true if podman's generator has begun to fail since: then what was applied is not loaded. */
function isLeft(change: Change): boolean {
  return change.action !== "none" || has(change, "generator-fails");
}

function has({ reasons }: Change, wanted: ReasonCode): boolean {
  return reasons.some(({ code }) => code === wanted);
}

function describe({ action, reasons }: Change): string {
  const why = reasons.map(({ message }) => message).join("; ");
  const what = action === "none" ? "systemd cannot load it again" : `quadgate would still ${action} it`;
  return `${what}: ${why}`;
}

function liveDrift({ reasons }: Change): string {
  const drift = reasons.filter(({ code }) => code === ("live-drift" satisfies ReasonCode));
  return `applied and in force, but ${drift.map(({ message }) => message).join("; ")}`;
}
