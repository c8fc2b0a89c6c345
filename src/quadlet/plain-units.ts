import type { HostFacts } from "../model/host.ts";
import type { LiveState } from "../model/live.ts";
import { isPlain, plainKindOf } from "../model/plain-unit.ts";
import { mainUnitOf } from "../model/unit.ts";
import { lastValueOf, parseUnitText, type UnitText, valuesOf } from "./argv/unit-text.ts";
import {
  type Generated,
  type GeneratedService,
  parseLoaded,
  type ServiceText,
  type ServiceTexts,
} from "./generated.ts";
import { isTemplate } from "./service-names.ts";

/** A unit's or a file's name and text. */
export interface NamedText {
  readonly name: string;
  readonly content: string;
}

type LinkFacts = Pick<HostFacts, "systemdDir">;

/** `[Install]` keys that make `systemctl enable` link a unit, and the folder of the target's links. */
const LINK_KEYS = [
  ["WantedBy", "wants"],
  ["RequiredBy", "requires"],
  ["UpheldBy", "upholds"],
] as const;

/** What podman's generator makes, and the plain systemd units among these, which mean themselves. */
export function withPlainUnits(
  generated: Generated,
  units: readonly NamedText[],
  facts: LinkFacts,
): Generated {
  const plain = plainServices(units, facts);
  if (plain.length === 0) return generated;
  return {
    ...generated,
    services: new Map([...plain.map((one) => [one.service, one] as const), ...generated.services]),
    byUnit: new Map([...generated.byUnit, ...plain.map((one) => [one.unit, one] as const)]),
  };
}

/** Services as podman's generator alone makes them. */
export function withoutPlainUnits({ services }: Pick<Generated, "services">): Pick<Generated, "services"> {
  return { services: new Map([...services].filter(([, { plain }]) => plain === undefined)) };
}

/**
 * The texts that systemd has loaded: those of the generator, and the plain units as they are on disk, unless
 * systemd says that it must reload them.
 */
export function loadedTexts(
  { generated, files }: Pick<LiveState, "generated" | "files">,
  facts: LinkFacts,
): ServiceTexts {
  const plain = plainServices([...files.values()], facts).map((one) => [one.service, one] as const);
  return new Map([...plain, ...parseLoaded(generated)]);
}

function plainServices(units: readonly NamedText[], facts: LinkFacts): readonly GeneratedService[] {
  const plain = units.filter(({ name }) => isPlain(name));
  return plain
    .filter(({ name }) => mainUnitOf(name) === name)
    .map(({ name }) => {
      const raw = mergedLines(name, plain);
      const text = parseUnitText(raw);
      const links = linksOf(name, text, facts);
      return { service: name, unit: name, text, raw, call: undefined, plain: { links } };
    });
}

/** A unit's text with its drop-ins, which systemd reads after it in the order of their names. */
export function mergedText(unit: string, files: readonly NamedText[]): UnitText {
  return parseUnitText(mergedLines(unit, files));
}

function mergedLines(unit: string, files: readonly NamedText[]): string {
  const own = files.filter(({ name }) => name === unit || mainUnitOf(name) === unit);
  const sorted = [...own].sort((a, b) => (a.name === unit || (b.name !== unit && a.name < b.name) ? -1 : 1));
  return sorted.map(({ content }) => content).join("\n");
}

/** The links that `systemctl enable` makes for a unit, as absolute paths; none without `[Install]`. */
function linksOf(unit: string, text: UnitText, { systemdDir }: LinkFacts): readonly string[] {
  const instance = lastValueOf(text, "Install", "DefaultInstance");
  const name = isTemplate(unit) && instance !== undefined ? unit.replace("@.", `@${instance}.`) : unit;
  const links = LINK_KEYS.flatMap(([key, folder]) =>
    wordsOf(text, "Install", key).map((target) => `${systemdDir}/${target}.${folder}/${name}`),
  );
  const aliases = wordsOf(text, "Install", "Alias").filter((alias) => alias !== unit);
  return [...links, ...aliases.map((alias) => `${systemdDir}/${alias}`)].filter(
    (path) => !path.includes("%"),
  );
}

/** All words of a key's values. */
export function wordsOf(text: UnitText, section: string, key: string): readonly string[] {
  return valuesOf(text, section, key)
    .flatMap((value) => value.split(/\s+/))
    .filter((word) => word !== "");
}

/** Whether a `[Install]` section makes another unit start this one. */
export function isInstalled({ text }: ServiceText): boolean {
  return LINK_KEYS.some(([key]) => wordsOf(text, "Install", key).length > 0);
}

/** The services that a socket hands its connections to: `Service=`, or the one of the same stem. */
export function serviceOfSocket(socket: string, text: UnitText): string | undefined {
  if (
    plainKindOf(socket) !== "socket" ||
    /^(yes|true|on|1)$/i.test(lastValueOf(text, "Socket", "Accept") ?? "")
  )
    return undefined;
  return lastValueOf(text, "Socket", "Service") ?? socket.replace(/\.socket$/, ".service");
}

/** What a timer starts: `Unit=`, or the service of the same stem. */
export function unitOfTimer(timer: string, text: UnitText): string {
  return lastValueOf(text, "Timer", "Unit") ?? timer.replace(/\.timer$/, ".service");
}
