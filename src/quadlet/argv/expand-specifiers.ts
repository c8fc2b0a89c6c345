import type { HostFacts } from "../../model/host.ts";
import { UNKNOWN } from "./unknown-parts.ts";

export type SpecifierFacts = Pick<HostFacts, "home" | "uid" | "user" | "rootless" | "runtimeDir">;

/**
 * Expands systemd's specifiers (systemd.unit(5) "SPECIFIERS") in one word of a service's command. A specifier
 * that does not follow from the unit's name and the facts becomes UNKNOWN: the machine id, the host name, XDG
 * folders of the user's manager. A `%` that does not begin a specifier stays, as in systemd.
 */
export function expandSpecifiers(word: string, unit: string, facts: SpecifierFacts): string {
  if (!word.includes("%")) return word;
  return word.replace(
    /%([A-Za-z%])/g,
    (_, letter: string) => SPECIFIERS[letter]?.(unit, facts) ?? rootfulFolder(letter, facts),
  );
}

const SPECIFIERS: Readonly<Record<string, (unit: string, facts: SpecifierFacts) => string>> = {
  "%": () => "%",
  n: (unit) => unit,
  N: stemOf,
  p: prefixOf,
  P: (unit) => unescapeName(prefixOf(unit)),
  i: instanceOf,
  I: (unit) => unescapeName(instanceOf(unit)),
  j: lastPartOf,
  J: (unit) => unescapeName(lastPartOf(unit)),
  h: (_, { home }) => home,
  u: (_, { user }) => user,
  U: (_, { uid }) => String(uid),
  t: (_, { runtimeDir }) => runtimeDir,
};

const ROOTFUL_FOLDERS: Readonly<Record<string, string>> = {
  S: "/var/lib",
  C: "/var/cache",
  L: "/var/log",
  E: "/etc",
};

function rootfulFolder(letter: string, { rootless }: SpecifierFacts): string {
  return (rootless ? undefined : ROOTFUL_FOLDERS[letter]) ?? UNKNOWN;
}

function stemOf(unit: string): string {
  return unit.slice(0, unit.lastIndexOf("."));
}

function prefixOf(unit: string): string {
  return stemOf(unit).replace(/@.*$/s, "");
}

function instanceOf(unit: string): string {
  const stem = stemOf(unit);
  const at = stem.indexOf("@");
  return at < 0 ? "" : stem.slice(at + 1);
}

function lastPartOf(unit: string): string {
  const prefix = prefixOf(unit);
  return prefix.slice(prefix.lastIndexOf("-") + 1);
}

/** Undoes the escaping of systemd.unit(5) "STRING ESCAPING FOR INCLUSION IN UNIT NAMES". */
function unescapeName(text: string): string {
  return text
    .replaceAll("-", "/")
    .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
