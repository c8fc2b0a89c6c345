import { maskText } from "../lib/mask-secrets.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import { mainUnitOf, type Unit } from "../model/unit.ts";
import { type UnitLine, unitLines } from "../quadlet/argv/unit-text.ts";
import type { Heeded, IgnoredLine, RefusedService } from "../quadlet/ignored-lines.ts";
import type { WARNINGS } from "./warnings.ts";

/** Warns of what systemd ignores, and of the services that it would not load. */
export function systemdWarnings(
  { ignored, refused }: Pick<Heeded, "ignored" | "refused">,
  units: readonly Unit[],
): readonly Issue[] {
  return [...refused.flatMap((one) => refusedWarning(one, units)), ...ignoredLineWarnings(ignored, units)];
}

function refusedWarning({ service, unit: name, line, why }: RefusedService, units: readonly Unit[]): Issue[] {
  const sources = sourcesOf(name, units);
  const found = line === undefined ? undefined : takeLine(line, sources);
  const unit = found?.unit ?? sources[0]?.unit;
  if (unit === undefined) return [];
  const said = mayHoldSecret(line?.setting?.key ?? "") ? withoutValues(why) : maskText(why);
  return [
    {
      code: "unit-refused" satisfies keyof typeof WARNINGS,
      message: `systemd would not load ${service}: ${said.replace(/\.$/, "")}`,
      place: withColumn((found && unit.lines?.get(found.number)) ?? unit.origin),
      instance: unit.instance,
    },
  ];
}

/**
 * Warns of the lines that systemd ignores, at their places in the repository. Leaves out lines that are in no
 * file of the repository, because they are podman's own.
 */
export function ignoredLineWarnings(
  ignored: readonly IgnoredLine[],
  units: readonly Unit[],
): readonly Issue[] {
  const files = new Map<string, readonly File[]>();
  const filesOf = (name: string) => {
    const found = files.get(name) ?? sourcesOf(name, units);
    files.set(name, found);
    return found;
  };
  const warnings = ignored.flatMap((line) => {
    const found = takeLine(line, filesOf(line.unit));
    if (found === undefined) return [];
    const { unit, number } = found;
    const place = withColumn(unit.lines?.get(number) ?? unit.origin);
    return { ...describe(line), place, instance: unit.instance };
  });
  return warnings.sort((a, b) => comparePlaces(a.place, b.place));
}

function comparePlaces(a: Place, b: Place): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}

interface File {
  readonly unit: Unit;
  /** Lines that no warning is about yet. */
  readonly lines: UnitLine[];
}

/** A unit and its drop-ins, in the order in which podman puts them together. */
function sourcesOf(name: string, units: readonly Unit[]): readonly File[] {
  const main = units.filter((unit) => unit.name === name);
  const dropIns = units
    .filter(({ kind, name: other }) => kind === "dropin" && mainUnitOf(other) === name)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...main, ...dropIns].map((unit) => ({ unit, lines: [...unitLines(unit.content)] }));
}

/** Finds the first such line, and takes it away: a line that is there twice gives two warnings. */
function takeLine(
  wanted: Pick<IgnoredLine, "section" | "setting">,
  files: readonly File[],
): { readonly unit: Unit; readonly number: number } | undefined {
  for (const { unit, lines } of files) {
    const index = lines.findIndex((line) => isSame(line, wanted));
    const [found] = index < 0 ? [] : lines.splice(index, 1);
    if (found !== undefined) return { unit, number: found.first };
  }
  return undefined;
}

function isSame(a: Pick<UnitLine, "section" | "setting">, b: Pick<UnitLine, "section" | "setting">): boolean {
  // podman joins a line that is continued on the next, with other blanks.
  const text = (value: string | undefined) => value?.replace(/\s+/g, " ");
  return (
    a.section === b.section &&
    a.setting?.key === b.setting?.key &&
    text(a.setting?.value) === text(b.setting?.value)
  );
}

function withColumn(place: Place): Place {
  return place.line === undefined || place.column !== undefined ? place : { ...place, column: 1 };
}

function describe({ section, setting, why }: IgnoredLine): Pick<Issue, "code" | "message" | "hint"> {
  const code = "setting-ignored" satisfies keyof typeof WARNINGS;
  if (setting === undefined)
    return { code, message: `systemd ignores the section [${section}]: it knows no section of that name` };
  const { key, value } = setting;
  const unshown = `systemd ignores ${key}= in [${section}]`;
  // A misspelt key may be one whose values hold secrets.
  if (/^Unknown key/.test(why)) return { code, message: `${unshown}: it knows no key of that name there` };
  if (mayHoldSecret(key)) return { code, message: `${unshown}, or a part of it: ${withoutValues(why)}` };
  const message = `systemd ignores ${key}=${maskText(value)}: ${maskText(inShort(why))}`;
  const hint = commentHint(key, value);
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Keys whose values, commands and variables, may hold secrets. */
function mayHoldSecret(key: string): boolean {
  return /^(Environment|Exec|PassEnvironment|SetCredential)/.test(key);
}

/** `Invalid memory limit 'x', ignoring: Invalid argument` without the words that the warning begins with. */
function inShort(why: string): string {
  return why
    .replace(/(,| and it is) ignor\w+(?=[:.]|$)/i, "")
    .replace(/\. Ignoring\.?$/i, "")
    .replace(/\.$/, "");
}

/** systemd quotes the value behind these words. */
function withoutValues(why: string): string {
  return why.split(/, ignoring| in |: |'|"|=/i)[0] ?? "";
}

function commentHint(key: string, value: string): string | undefined {
  const before = /^(.*?)\s+[#;]/.exec(value)?.[1];
  if (before === undefined || before === "") return undefined;
  const line = `${key}=${maskText(before)}`;
  return `write ${line} on a line of its own: systemd has no comments at the end of a line`;
}
