import { digestOf } from "../lib/digest.ts";
import type { DriftKind, FieldDrift } from "../model/drift.ts";
import type { InventoryUnit } from "../model/inventory.ts";
import type { UnitFile } from "../model/live.ts";
import type { Action, Change } from "../model/plan.ts";
import { isOrderDropIn, mainUnitOf, type Unit } from "../model/unit.ts";
import { meansTheSame, saysNothing } from "../quadlet/significant-text.ts";

/**
 * Drops what the reload that other changes cause repairs: a pod gains or loses a member, and only the order
 * of services differs, or a drop-in brings another description.
 */
export function withoutReloadOnly(changes: readonly Change[]): readonly Change[] {
  if (!changes.some((change) => writesUnit(change) && !isReload(change))) return changes;
  return changes.map((change) =>
    isReload(change) ? { ...change, action: "none", reasons: [], diff: [] } : change,
  );
}

/** Whether writing a text restarts nothing, as far as texts can show it. */
export function isReloadOnly(
  action: Action,
  owned: InventoryUnit | undefined,
  unit: Unit,
  onDisk: UnitFile | undefined,
): boolean {
  if (unit.kind === "file" || !isBegunAlike(owned)) return false;
  if (onDisk === undefined) return action === "create" && unit.kind === "dropin" && saysNothing(unit);
  return action === "update" && isProof(owned, unit, onDisk) && isAlike(onDisk, unit);
}

function isAlike(onDisk: UnitFile, { name, content }: Unit): boolean {
  return isOrderDropIn(name) || meansTheSame(onDisk.content, content);
}

/** Whether the text on the host says what is in force. A person's edit does not: nobody knows its effect. */
function isProof(owned: InventoryUnit | undefined, unit: Unit, { content }: UnitFile): boolean {
  const inForce = owned?.digest;
  return owned?.pending !== undefined || inForce === unit.digest || inForce === digestOf(content);
}

/** Whether a unit that git no longer has is a drop-in that changed nothing. */
export function isDeletedByReload(name: string, owned: InventoryUnit, onDisk: UnitFile | undefined): boolean {
  const isDropIn = mainUnitOf(name) !== name;
  return (
    isDropIn && isBegunAlike(owned) && onDisk !== undefined && saysNothing({ name, content: onDisk.content })
  );
}

/** After an interruption the text on the host may be that of a change that has restarted nothing yet. */
function isBegunAlike(owned: InventoryUnit | undefined): boolean {
  return owned?.pending === undefined || owned.pending.reloadOnly === true;
}

/** Whether a difference is gone once the text is written and reloaded. */
export function isOfText(field: FieldDrift): boolean {
  return field.cause === "file" || isMendedByReload(field);
}

/** Whether systemd has loaded another description, comment or order, and nothing else. */
export function isMendedByReload({ cause, kinds = [] }: FieldDrift): boolean {
  return cause === "not-reloaded" && kinds.length > 0 && kinds.every((kind) => BY_RELOAD.has(kind));
}

const BY_RELOAD: ReadonlySet<DriftKind> = new Set(["comment", "order"]);

/** Whether a unit has the text that git wants, and needs nothing but a reload. */
function isReload({ reloadOnly, reasons }: Change): boolean {
  return reloadOnly === true && reasons.every(({ code }) => code === "not-reloaded");
}

/** Whether a change writes or removes a file of the unit directory, after which systemd is reloaded. */
function writesUnit({ action, unit }: Change): boolean {
  return /^(create|update|delete)$/.test(action) && !unit.startsWith("/");
}
