import type { DriftCause, DriftKind, FieldDrift } from "../model/drift.ts";
import type { InventoryUnit } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { type Unit, unitDigest } from "../model/unit.ts";

/** Causes of drift that a unit has while a sync takes it from one text to the next. */
const ON_THE_WAY: readonly (DriftCause | undefined)[] = [
  "file",
  "not-reloaded",
  "outdated",
  "input",
  "state",
];

/** A unit that a sync has begun to change. */
export interface BegunUnit extends InventoryUnit {
  /** Whether the change has failed and what was in force before is not back yet. */
  readonly putBack?: boolean;
}

/** States that a sync never causes on purpose. */
const ILL: readonly DriftKind[] = ["failed", "unhealthy", "paused"];

/**
 * Turns drift into a warning if a sync has begun to change the unit and that change explains the difference.
 * Other differences stay drift: a third text, a failed service, a person's own limits and drop-ins. If the
 * change has failed, everything stays drift until a sync can put back what was in force before.
 */
export function explainPending(
  field: FieldDrift,
  unit: Unit,
  known: BegunUnit | undefined,
  live: Pick<LiveState, "files" | "obstacles">,
): FieldDrift {
  if (known?.pending === undefined || field.status !== "drift" || !ON_THE_WAY.includes(field.cause))
    return field;
  if (field.cause === "file" && !isHalfWay(unit, known, live)) return field;
  if (field.cause === "state" && field.kinds?.some((kind) => ILL.includes(kind))) return field;
  if (known.putBack) {
    const why = "a desired state that failed; what was in force before is not back yet";
    return { ...field, message: `${field.live || "none"}: ${why}` };
  }
  const how = `a sync is changing it (${known.pending.action}) or was interrupted`;
  return { ...field, status: "warning", message: `${field.live || "none"}: ${how}` };
}

/** Whether the file has the text from before or from after the change. */
function isHalfWay(
  unit: Unit,
  { digest, pending }: InventoryUnit,
  live: Pick<LiveState, "files" | "obstacles">,
): boolean {
  if (live.obstacles.has(unit.name)) return false;
  const file = live.files.get(unit.name);
  const found =
    file === undefined ? null : unitDigest({ ...file, kind: unit.kind, mode: file.mode.toString(8) });
  return found === digest || found === pending?.digest;
}
