import { maskText } from "../lib/mask-secrets.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import { mainUnitOf, type Unit } from "../model/unit.ts";
import { type UnitLine, unitLines } from "../quadlet/argv/unit-text.ts";
import type { IgnoredLine } from "../quadlet/ignored-lines.ts";
import type { WARNINGS } from "./warnings.ts";

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
  return ignored.flatMap((line) => {
    const found = takeLine(line, filesOf(line.unit));
    if (found === undefined) return [];
    const { unit, number } = found;
    const place = unit.lines?.get(number) ?? unit.origin;
    return { ...describe(line), place: withColumn(place), instance: unit.instance };
  });
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
    return { code, message: `systemd ignores the section [${section}]: ${inShort(why)}` };
  const { key, value } = setting;
  const isShown = !mayHoldSecret(key) && !/^Unknown key/.test(why);
  const line = isShown ? `${key}=${maskText(value)}` : `${key}= in [${section}]`;
  const reason = isShown || /^Unknown key/.test(why) ? maskText(inShort(why)) : withoutValues(why);
  const hint = isShown ? commentHint(key, value) : undefined;
  return { code, message: `systemd ignores ${line}: ${reason}`, ...(hint === undefined ? {} : { hint }) };
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
