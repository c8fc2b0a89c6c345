import { plainKindOf } from "../../model/plain-unit.ts";
import { joinsPod, mainUnitOf, UNIT_KINDS, unitKindOf } from "../../model/unit.ts";

/** Quadlet sources and plain systemd units by their path below the unit directory or systemdDir. */
export type Sources = ReadonlyMap<string, string>;

const REFERENCE = new RegExp(`[A-Za-z0-9:_.@\\\\-]+\\.(?:${UNIT_KINDS.join("|")})(?![A-Za-z0-9_.-])`, "g");

/**
 * The name of the instance that a raw source or drop-in belongs to: `web` for `web.container.d/10-x.conf`.
 */
export function instanceOf(unit: string): string {
  return mainUnitOf(unit).replace(/\.[^.]+$/, "");
}

/**
 * The sources of the named instances or units, each with the unit that needs it, or null if a name asks for
 * it. They include everything that changes what podman makes of them, directly or not: other sources of the
 * same instance, sources that they refer to, the members of a pod, and the template of an instance. Ignores
 * unknown names.
 */
export function withRelations(
  sources: Sources,
  names: readonly string[],
): ReadonlyMap<string, string | null> {
  const taken = new Map<string, string | null>();
  const take = (instance: string, because: string | null): void => {
    const own = [...sources].filter(([unit]) => instanceOf(unit) === instance && !taken.has(unit));
    for (const [unit] of own) taken.set(unit, because);
    for (const [unit, content] of own) {
      for (const other of references(content)) {
        if (sources.has(other)) take(instanceOf(other), unit);
      }
      for (const other of changers(unit, sources)) take(instanceOf(other), unit);
    }
  };
  const isUnit = (name: string) =>
    name.includes(".") && (unitKindOf(name) !== undefined || plainKindOf(name) !== undefined);
  for (const name of names) take(isUnit(name) ? instanceOf(name) : name, null);
  return taken;
}

/** Sources that a unit does not name, but that change what podman makes of it. */
function changers(unit: string, sources: Sources): readonly string[] {
  const template = unit.replace(/@[^/]+(?=\.[a-z]+$)/, "@");
  const members = [...sources].filter(([, content]) => joinsPod(content, unit)).map(([name]) => name);
  return [...(sources.has(template) ? [template] : []), ...members];
}

/** Names of Quadlet sources in the values of a unit's keys: `Network=web.network:ip=10.0.0.2`. */
function references(content: string): readonly string[] {
  return content.split("\n").flatMap((line) => {
    if (/^\s*[#;[]/.test(line)) return [];
    return line.slice(line.indexOf("=") + 1).match(REFERENCE) ?? [];
  });
}
