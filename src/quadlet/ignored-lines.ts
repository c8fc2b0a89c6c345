import { groupBy } from "../lib/group-by.ts";
import type { UnitComplaint } from "../model/live.ts";
import { parseUnitText, type Setting, type UnitLine, type UnitText, unitLines } from "./argv/unit-text.ts";
import type { Generated, GeneratedService, ServiceTexts } from "./generated.ts";
import { isLimit } from "./limit-settings.ts";

/** A line of a generated service that systemd ignores, wholly or in part. */
export interface IgnoredLine {
  /** Unit.name of the Quadlet source. */
  readonly unit: string;
  readonly section: string;
  /** Undefined if systemd does not know the section. */
  readonly setting: Setting | undefined;
  /** systemd's own words, with all values in them. */
  readonly why: string;
}

/** A service that systemd does not load at all. */
export interface RefusedService {
  readonly service: string;
  /** Unit.name of the source. */
  readonly unit: string;
  /** The line that is the cause, if a single one is. */
  readonly line: Pick<UnitLine, "section" | "setting"> | undefined;
  /** systemd's own words. */
  readonly why: string;
}

/** What the generator made, with the lines that systemd ignores marked in its texts. */
export interface Heeded {
  readonly generated: Generated;
  readonly ignored: readonly IgnoredLine[];
  readonly refused: readonly RefusedService[];
}

/**
 * Marks the lines that systemd ignores, by what it said of the texts. If it could not be asked (undefined),
 * limits that cannot be any are taken for ignored.
 */
export function heed(generated: Generated, complaints: readonly UnitComplaint[] | undefined): Heeded {
  const byService = groupBy(complaints ?? [], ({ service }) => service);
  const ignored: IgnoredLine[] = [];
  const mark = (one: GeneratedService): GeneratedService => {
    const found = complaintsOf(
      one,
      complaints === undefined ? undefined : (byService.get(one.service) ?? []),
    );
    if (found.size === 0) return one;
    ignored.push(
      ...[...found].map(([{ section, setting }, why]) => ({ unit: one.unit, section, setting, why })),
    );
    const firsts = new Set([...found.keys()].filter(isWhole).map(({ first }) => first));
    return { ...one, text: parseUnitText(one.raw, ({ first }) => firsts.has(first)) };
  };
  const services = new Map([...generated.services].map(([name, one]) => [name, mark(one)]));
  const byUnit = new Map(
    [...generated.byUnit].map(([name, one]) => [name, services.get(one.service) ?? one]),
  );
  const refused = (complaints ?? []).flatMap((one) => refusedBy(one, generated));
  return { generated: { ...generated, services, byUnit }, ignored, refused };
}

function refusedBy(
  { service, line: number = 0, message, refused }: UnitComplaint,
  { services }: Pick<Generated, "services">,
): readonly RefusedService[] {
  const one = services.get(service);
  if (one === undefined || refused === undefined) return [];
  const line = unitLines(one.raw).find(({ first, last }) => first <= number && number <= last);
  return [{ service, unit: one.unit, line, why: message }];
}

/** Marks the lines that systemd has loaded and ignores because they are also in the desired text. */
export function heedLoaded(loaded: ServiceTexts, { services }: Pick<Generated, "services">): ServiceTexts {
  return new Map(
    [...loaded].map(([service, one]) => {
      const ignored = ignoredIn(services.get(service)?.text ?? new Map());
      return [service, ignored.size === 0 ? one : { ...one, text: markedLike(one.text, ignored) }];
    }),
  );
}

function complaintsOf(
  { raw }: GeneratedService,
  said: readonly UnitComplaint[] | undefined,
): ReadonlyMap<UnitLine, string> {
  if (said?.length === 0) return new Map();
  const lines = unitLines(raw);
  if (said === undefined)
    return new Map(lines.flatMap((line) => (isNoLimit(line) ? [[line, NO_LIMIT]] : [])));
  const found = new Map<UnitLine, string>();
  for (const { line: number = 0, message } of said) {
    const line = lines.find(({ first, last }) => first <= number && number <= last);
    // What systemd says of a line that it takes (a key that will go away) is not about ignoring.
    if (line !== undefined && /ignor/i.test(message) && !found.has(line)) found.set(line, message);
  }
  return found;
}

const NO_LIMIT = "not a value of this limit, ignoring";

function isNoLimit({ section, setting }: UnitLine): boolean {
  return section === "Service" && setting !== undefined && !isLimit(setting.key, setting.value);
}

/** Keys with lists of words. systemd ignores the words that it cannot read, and takes the others. */
const LISTS = /^(Environment|EnvironmentFile|PassEnvironment|UnsetEnvironment|Exec\w+)$/;

/** Whether the whole line counts as not written. */
function isWhole({ section, setting }: UnitLine): boolean {
  return section === "Service" && setting !== undefined && !LISTS.test(setting.key);
}

function ignoredIn(text: UnitText): ReadonlySet<string> {
  const keys = [...text].flatMap(([section, settings]) =>
    settings.filter(({ ignored }) => ignored).map((setting) => keyOf(section, setting)),
  );
  return new Set(keys);
}

function markedLike(text: UnitText, ignored: ReadonlySet<string>): UnitText {
  const sections = [...text].map(([section, settings]) => {
    const marked = settings.map(
      (one): Setting => (ignored.has(keyOf(section, one)) ? { ...one, ignored: true } : one),
    );
    return [section, marked] as const;
  });
  return new Map(sections);
}

function keyOf(section: string, { key, value }: Setting): string {
  return JSON.stringify([section, key, value]);
}
