import { parse } from "yaml";
import * as z from "zod";
import { type InstancePolicy, NO_POLICY } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import { type UnitLine, unitLines } from "../quadlet/argv/unit-text.ts";
import { issue } from "./codes.ts";
import { explain } from "./explain.ts";
import { show } from "./message-parts.ts";
import { policyShape } from "./policy-schema.ts";

/** The section of a unit's text in which a person tells quadgate what a manifest would. */
const SECTION = "X-Quadgate";

/** How the text of a key is read, and what it is in a manifest. */
const KEYS = {
  OnDrift: { is: "onDrift", read: "text", schema: policyShape.onDrift },
  IgnoreDrift: { is: "ignoreDrift", read: "words", schema: policyShape.ignoreDrift },
  DependsOn: { is: "dependsOn", read: "words", schema: policyShape.dependsOn },
  Hosts: { is: "hosts", read: "words", schema: policyShape.hosts },
  Suspend: { is: "suspend", read: "switch", schema: policyShape.suspend },
  Gate: { is: "gate", read: "map", schema: policyShape.gate },
  Prune: { is: "prune", read: "switch", schema: policyShape.prune },
  Probation: { is: "probation", read: "text", schema: policyShape.probation },
  Ends: { is: "ends", read: "switch", schema: policyShape.ends },
  BeforeUpdate: { is: "hooks.beforeUpdate", read: "lines", schema: commandsIn("beforeUpdate") },
  AfterUpdate: { is: "hooks.afterUpdate", read: "lines", schema: commandsIn("afterUpdate") },
} as const;

type Key = keyof typeof KEYS;
type Reading = (typeof KEYS)[Key]["read"];

function commandsIn(key: "beforeUpdate" | "afterUpdate") {
  return policyShape.hooks.unwrap().shape[key];
}

const sectionSchema = z.strictObject({
  OnDrift: KEYS.OnDrift.schema,
  IgnoreDrift: KEYS.IgnoreDrift.schema,
  DependsOn: KEYS.DependsOn.schema,
  Hosts: KEYS.Hosts.schema,
  Suspend: KEYS.Suspend.schema,
  Gate: KEYS.Gate.schema,
  Prune: KEYS.Prune.schema,
  Probation: KEYS.Probation.schema,
  Ends: KEYS.Ends.schema,
  BeforeUpdate: KEYS.BeforeUpdate.schema,
  AfterUpdate: KEYS.AfterUpdate.schema,
});

/** The keys of `[X-Quadgate]`, and the manifest's key that each stands for. */
export const SECTION_KEYS: ReadonlyMap<string, string> = new Map(
  Object.entries(KEYS).map(([key, { is }]) => [key, is]),
);

export interface ReadPolicy {
  readonly spec: InstancePolicy;
  /** Dotted path of the manifest's key (`dependsOn.0`) to where it is written. */
  readonly places: ReadonlyMap<string, Place>;
  readonly issues: readonly Issue[];
}

interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** Reads `[X-Quadgate]` of a raw Quadlet, which may be in one of its files. */
export function readQuadgateSection(instance: string, files: readonly TextFile[]): ReadPolicy {
  const found = files.map((one) => ({ ...one, lines: unitLines(one.text) }));
  const misspelled = found.flatMap((one) => misspelledSections(one, instance));
  const [first, ...others] = found.filter(({ lines }) => lines.some(({ section }) => section === SECTION));
  const twice = others.map((one) => secondSection(one, first?.file ?? "", instance));
  if (first === undefined) return { spec: NO_POLICY, places: new Map(), issues: misspelled };
  const read = readLines(first);
  const issues = [...misspelled, ...twice, ...read.issues].map((one) => ({ ...one, instance }));
  return { spec: read.spec, places: read.places, issues };
}

interface ReadFile extends TextFile {
  readonly lines: readonly UnitLine[];
}

const headersOf = ({ lines }: ReadFile) => lines.filter(({ setting }) => setting === undefined);

function misspelledSections(found: ReadFile, instance: string): Issue[] {
  const wrong = headersOf(found).filter(
    ({ section }) => section !== SECTION && /^(x-)?quadgate$/i.test(section),
  );
  return wrong.map(({ section, first: line }) =>
    issue("key-unknown", `quadgate does not read a section ${show(`[${section}]`)}`, {
      place: { file: found.file, line, column: 1 },
      instance,
      hint: `did you mean [${SECTION}]?`,
    }),
  );
}

function secondSection(found: ReadFile, other: string, instance: string): Issue {
  const line = headersOf(found).find(({ section }) => section === SECTION)?.first;
  return issue("name-taken", `${other} already has the section [${SECTION}] of ${show(instance)}`, {
    place: { file: found.file, ...(line === undefined ? {} : { line, column: 1 }) },
    instance,
    hint: "write all of it in one of the two files",
  });
}

function readLines(found: ReadFile): ReadPolicy {
  const data: Record<string, unknown> = {};
  const places = new Map<string, Place>();
  const keys = new Map<string, Place>();
  for (const { section, setting, first } of found.lines) {
    if (section !== SECTION || setting === undefined) continue;
    const { key, value } = setting;
    const place = placeOf(found, first, value);
    keys.set(key, { file: found.file, line: first, column: 1 });
    places.set(key, place);
    const known = Object.entries(KEYS).find(([name]) => name === key)?.[1];
    data[key] = value === "" ? undefined : added(data[key], value, known?.read ?? "text");
    const list = data[key];
    if (Array.isArray(list)) places.set(`${key}.${list.length - 1}`, place);
  }
  const given = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
  const parsed = sectionSchema.safeParse(given);
  const about = { file: found.file, data: given, places, keys, texts: new Map(), issues: [] };
  return {
    spec: parsed.success ? toPolicy(parsed.data) : NO_POLICY,
    places: asInManifest(places),
    issues: explain(parsed.error?.issues ?? [], about, sectionSchema),
  };
}

/** A value in what it is with those before it. Text that cannot be read stays for the schema to refuse. */
function added(before: unknown, value: string, reading: Reading): unknown {
  const list = Array.isArray(before) ? before : [];
  if (reading === "lines") return [...list, value];
  if (reading === "words") return [...list, ...value.split(/\s+/)];
  if (reading === "switch") return switchOf(value) ?? value;
  return reading === "map" ? mapOf(value) : value;
}

/** What systemd.syntax(7) takes as a boolean. */
function switchOf(text: string): boolean | undefined {
  if (/^(1|yes|y|true|t|on)$/i.test(text)) return true;
  return /^(0|no|n|false|f|off)$/i.test(text) ? false : undefined;
}

/** `block=80 confirm=90`, or the map that a manifest has. */
function mapOf(text: string): unknown {
  if (text.startsWith("{")) return yamlOf(text);
  const pairs = text.split(/\s+/).map((word) => /^(\w+)[=:](.+)$/.exec(word));
  if (pairs.includes(null)) return text;
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? "", numberOf(pair[2] ?? "")]])),
  );
}

function numberOf(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function yamlOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function placeOf({ file, text }: TextFile, line: number, value: string): Place {
  const written = text.split("\n")[line - 1] ?? "";
  const equals = written.indexOf("=");
  const at = value === "" ? -1 : written.indexOf(value.slice(0, 1), equals + 1);
  return { file, line, column: (at < 0 ? equals + 1 : at) + 1 };
}

function asInManifest(places: ReadonlyMap<string, Place>): ReadonlyMap<string, Place> {
  return new Map(
    [...places].map(([path, place]) => {
      const [key = "", ...rest] = path.split(".");
      return [[SECTION_KEYS.get(key) ?? key, ...rest].join("."), place];
    }),
  );
}

function toPolicy(section: z.output<typeof sectionSchema>): InstancePolicy {
  return {
    onDrift: section.OnDrift,
    ignoreDrift: section.IgnoreDrift,
    dependsOn: section.DependsOn,
    hosts: section.Hosts,
    suspend: section.Suspend,
    gate: section.Gate,
    prune: section.Prune,
    probation: section.Probation,
    ends: section.Ends,
    hooks: { beforeUpdate: section.BeforeUpdate, afterUpdate: section.AfterUpdate },
  };
}
