import type { FileBeside, RawInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import { isPlain } from "../model/plain-unit.ts";
import { issue } from "./codes.ts";
import type { Role } from "./layout.ts";
import { nearHint, show } from "./message-parts.ts";
import { checkPlainUnits } from "./plain-units.ts";
import { type ReadPolicy, readQuadgateSection } from "./quadgate-section.ts";
import { checkPlainText, checkUnitText } from "./unit-text.ts";

type UnitRole = Extract<Role, { role: "unit" }>;

/** A raw Quadlet source, a plain systemd unit or a drop-in as it is in the repository. */
export interface UnitFile extends UnitRole {
  readonly file: string;
  readonly text: string;
}

/** What systemd accepts as a unit's name, with an instance after `@`. */
const UNIT_NAME = /^[A-Za-z0-9:_.-]+(?:@[A-Za-z0-9:_.\\-]*)?$/;

/** Groups raw Quadlets and plain units into instances by their stem and keeps contents byte for byte. */
export function readRaw(
  files: readonly UnitFile[],
  beside: ReadonlyMap<string, ReadonlyMap<string, FileBeside>> = new Map(),
): { instances: RawInstance[]; issues: Issue[] } {
  const issues = files.flatMap((one) =>
    isPlain(one.unit) ? checkPlainText(one) : checkUnitText(one.file, one.text, one.name),
  );
  const mains = files.filter(({ unit, main }) => unit === main).map(({ unit }) => unit);
  const names = new Set(files.map(({ name }) => name));
  const instances = [...names].map((name): RawInstance => {
    const group = files.filter((file) => file.name === name);
    issues.push(...nameIssues(name, group), ...clashes(group), ...dropInsWithoutUnit(group, mains));
    const units = new Map(group.map(({ unit, text }) => [unit, text]));
    const policy = readQuadgateSection(name, group);
    issues.push(...policy.issues, ...hooksWithoutContainer(name, policy, units));
    const { spec, places } = policy;
    const place = { file: firstOf(group) };
    const own = beside.get(name);
    return { kind: "raw", name, place, files: units, spec, places, ...(own?.size && { beside: own }) };
  });
  issues.push(...checkPlainUnits(files));
  return { instances, issues };
}

/** quadgate runs hooks in the container of the instance's name. */
function hooksWithoutContainer(
  name: string,
  { spec: { hooks }, places }: ReadPolicy,
  units: ReadonlyMap<string, string>,
): Issue[] {
  if (units.has(`${name}.container`)) return [];
  const given = [hooks.beforeUpdate, hooks.afterUpdate].filter((commands) => commands.length > 0);
  const key = hooks.beforeUpdate.length > 0 ? "hooks.beforeUpdate" : "hooks.afterUpdate";
  return given.slice(0, 1).map(() =>
    issue("value-invalid", `hooks run in a container, but there is no ${show(`${name}.container`)}`, {
      place: places.get(key),
      instance: name,
      hint: "write them in the [X-Quadgate] section of a .container",
    }),
  );
}

/** A message points to the unit itself rather than to a drop-in. */
function firstOf(group: readonly UnitFile[]): string {
  return (group.find(({ unit, main }) => unit === main) ?? group[0])?.file ?? "";
}

function nameIssues(name: string, group: readonly UnitFile[]): Issue[] {
  if (UNIT_NAME.test(name)) return [];
  const hint = "use letters, digits and : _ . - with one @ for templates";
  return group.map(({ file }) =>
    issue("name-invalid", `${show(name)} cannot be a unit's name`, { place: { file }, instance: name, hint }),
  );
}

/** Podman takes the first file of a name in any folder and ignores the others. */
function clashes(group: readonly UnitFile[]): Issue[] {
  return group.flatMap(({ file, unit, name }, index) => {
    const first = group.findIndex((other) => other.unit === unit);
    if (first === index) return [];
    const message = `${group[first]?.file} already has ${show(unit)}`;
    return [issue("name-taken", message, { place: { file }, instance: name, hint: "rename one of the two" })];
  });
}

function dropInsWithoutUnit(group: readonly UnitFile[], mains: readonly string[]): Issue[] {
  return group.flatMap(({ file, main, name }) => {
    if (mains.includes(main)) return [];
    const hint = nearHint(main, mains) ?? "drop-ins are possible only for units of this repository";
    const message = `there is no ${show(main)} in desired-state/ for this drop-in`;
    return [issue("unit-invalid", message, { place: { file }, instance: name, hint })];
  });
}
