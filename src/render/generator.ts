import type { Issue } from "../model/issue.ts";
import type { GeneratorMessage, GeneratorOutput } from "../model/live.ts";
import type { Place } from "../model/place.ts";
import { fileNameOf, mainUnitOf, type Unit, unitKindOf } from "../model/unit.ts";
import type { RenderIssueCode } from "./issues.ts";
import { keyRow } from "./quadlet-keys.ts";
import { serviceOf } from "./services.ts";

/** What the generator says, and of which units it makes services. */
interface Said extends Pick<GeneratorOutput, "messages"> {
  readonly services: ReadonlyMap<string, { readonly unit: string }>;
}

/**
 * What podman's generator says against the units, at the place in the repository of each: errors that name a
 * unit, and Quadlet units that silently got no service. Warnings are not issues.
 */
export function explainGenerator(generated: Said, units: readonly Unit[]): readonly Issue[] {
  const refused = generated.messages
    .filter((message) => !/^warning:/i.test(message.message))
    .flatMap((message) => explain(message, units) ?? []);
  const blamed = new Set(refused.map((entry) => entry.unit.name));
  // An unreadable file makes the generator drop its whole folder, so the other files are not at fault.
  const folderDropped = refused.some((entry) => entry.loading && entry.unit.kind !== "dropin");
  const served = new Set([...generated.services.values()].map((service) => service.unit));
  const silent = folderDropped
    ? []
    : units.filter((unit) => isQuadlet(unit) && !served.has(unit.name) && !blamed.has(unit.name));
  return [
    ...refused.map((entry) => entry.issue),
    ...silent.map((unit) => silentIssue(unit, generated, units)),
  ];
}

/** Of two units that mean the same service, the generator makes one, and says nothing of the other. */
function silentIssue(unit: Unit, { services }: Said, units: readonly Unit[]): Issue {
  const texts = units.filter(({ name }) => mainUnitOf(name) === unit.name).map(({ content }) => content);
  const service = serviceOf(unit.name, texts.join("\n"));
  const other = units.find(({ name }) => name === services.get(service)?.unit);
  if (other === undefined) {
    const message = `podman's Quadlet generator does not make a service from ${unit.name}`;
    return issueOf(unit, "generator-silent", message, unit.origin);
  }
  const message = `${unit.name} and ${other.name} both mean the service ${service}`;
  return {
    ...issueOf(unit, "name-taken", message, unit.origin),
    ...(other.instance === unit.instance ? {} : { others: [other.instance] }),
    hint: "give one of the two another ServiceName=, or another file name",
  };
}

interface Refusal {
  readonly unit: Unit;
  readonly issue: Issue;
  /** Whether the generator could not even read the file as a unit file. */
  readonly loading: boolean;
}

function isQuadlet(unit: Unit): boolean {
  return unit.kind !== "file" && unit.kind !== "dropin" && unitKindOf(unit.name) !== undefined;
}

/**
 * `converting "x.container": WHY` and `error loading "/folder/x.container", WHY`; undefined if it is not
 * about our units.
 */
function explain({ unit: named, message }: GeneratorMessage, units: readonly Unit[]): Refusal | undefined {
  const converting = /^converting "([^"]+)": (.*)$/s.exec(message);
  const loading = /^error loading "([^"]+)",? ?(.*)$/s.exec(message);
  const name = converting?.[1] ?? loading?.[1] ?? named ?? "";
  const unit =
    units.find((candidate) => candidate.name === name || name.endsWith(`/${candidate.name}`)) ??
    units.find((candidate) => isQuadlet(candidate) && fileNameOf(candidate.name) === name);
  if (unit === undefined) return undefined;
  const why = (converting?.[2] ?? loading?.[2] ?? message).replace(/ in \/\S+$/, "").trim();
  const place = placeOfComplaint(unit, why, units);
  const refused = issueOf(unit, "generator-refused", `podman refuses ${unit.name}: ${why}`, place);
  const hint = ageOfKey(why);
  const issue = hint === undefined ? refused : { ...refused, hint };
  return { unit, issue, loading: loading !== null };
}

/** A key that the generator does not know may belong to a newer podman. */
function ageOfKey(why: string): string | undefined {
  const [, key = "", section = ""] = /unsupported key '([^']+)' in group '([^']+)'/.exec(why) ?? [];
  const since = keyRow(section, key)?.since ?? "";
  return since === "" ? undefined : `${key}= needs podman ${since}: leave it out, or upgrade podman`;
}

function issueOf(unit: Unit, code: RenderIssueCode, message: string, place: Place): Issue {
  return { code, message, place, instance: unit.instance };
}

/** The line that a complaint names by key, value or number, in the unit itself or in one of its drop-ins. */
function placeOfComplaint(unit: Unit, why: string, units: readonly Unit[]): Place {
  const key = /key '([^']+)' in group '([^']+)'/.exec(why);
  const number = /contains line (\d+):/.exec(why)?.[1];
  const value = /'([^']+)'$|unit (\S+) was not found/.exec(why);
  const files = [
    unit,
    ...units.filter((other) => other.kind === "dropin" && mainUnitOf(other.name) === unit.name),
  ];
  for (const file of files) {
    const line =
      number !== undefined
        ? Number(number)
        : key
          ? lineOfKey(file.content, key[2] ?? "", key[1] ?? "")
          : lineOfValue(file.content, value?.[1] ?? value?.[2]);
    const place = line === undefined ? undefined : file.lines?.get(line);
    if (place !== undefined) return place;
  }
  return unit.origin;
}

function lineOfKey(content: string, section: string, key: string): number | undefined {
  let current = "";
  for (const [index, line] of content
    .split("\n")
    .map((text) => text.trim())
    .entries()) {
    if (line.startsWith("[")) current = line.replace(/^\[|\]$/g, "");
    if (current === section && line.slice(0, line.indexOf("=")).trim() === key) return index + 1;
  }
  return undefined;
}

function lineOfValue(content: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const index = content.split("\n").findIndex((line) => /^\s*[^#;\s]/.test(line) && line.includes(value));
  return index < 0 ? undefined : index + 1;
}
