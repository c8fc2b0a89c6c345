import type { Unit } from "../model/unit.ts";
import { lastValueOf, parseUnitText } from "./argv/unit-text.ts";

const TRIGGER = /([^/]+)\.(timer|socket|path)$/;
/** The section and the key with which each kind names the unit that it starts. */
const NAMING: Readonly<Record<string, readonly [section: string, key: string]>> = {
  timer: ["Timer", "Unit"],
  path: ["Path", "Unit"],
  socket: ["Socket", "Service"],
};

/** Whether a unit of this name starts services: a timer, a socket or a path. */
export function isTrigger(unit: string): boolean {
  return TRIGGER.test(unit);
}

/** Service to the triggers among these units that start it, by their texts: `backup.timer`. */
export function triggersIn(
  units: readonly Pick<Unit, "name" | "content">[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, content } of units) {
    const [trigger = "", stem = "", kind] = TRIGGER.exec(name) ?? [];
    if (kind === undefined) continue;
    const service = startedBy(kind, content) ?? `${stem}.service`;
    found.set(service, [...(found.get(service) ?? []), trigger]);
  }
  return found;
}

/** The service that a text names; undefined if it names none, and the one of the same stem is meant. */
function startedBy(kind: string, content: string): string | undefined {
  const [section, key] = NAMING[kind] ?? ["", ""];
  return lastValueOf(parseUnitText(content), section, key);
}
