import type { HostFacts } from "../../model/host.ts";
import { UNKNOWN } from "./unknown.ts";

export type SpecifierFacts = Pick<HostFacts, "home" | "uid" | "user" | "rootless" | "runtimeDir">;

/**
 * Expands systemd's specifiers (systemd.unit(5) "SPECIFIERS") in one word of a service's command. What does
 * not follow from the unit's name and the facts (machine id, host name, XDG folders of the user's manager,
 * ...) becomes UNKNOWN. A `%` that starts no specifier stays, as in systemd.
 */
export function expandSpecifiers(word: string, unit: string, facts: SpecifierFacts): string {
  if (!word.includes("%")) return word;
  const table = specifiersOf(unit, facts);
  return word.replace(/%([A-Za-z%])/g, (_, letter: string) => table[letter] ?? UNKNOWN);
}

function specifiersOf(unit: string, facts: SpecifierFacts): Readonly<Record<string, string>> {
  const stem = unit.slice(0, unit.lastIndexOf("."));
  const at = stem.indexOf("@");
  const prefix = at < 0 ? stem : stem.slice(0, at);
  const instance = at < 0 ? "" : stem.slice(at + 1);
  const final = prefix.slice(prefix.lastIndexOf("-") + 1);
  return {
    "%": "%",
    n: unit,
    N: stem,
    p: prefix,
    P: unescapeName(prefix),
    i: instance,
    I: unescapeName(instance),
    j: final,
    J: unescapeName(final),
    h: facts.home,
    u: facts.user,
    U: String(facts.uid),
    t: facts.runtimeDir,
    ...(facts.rootless ? {} : { S: "/var/lib", C: "/var/cache", L: "/var/log", E: "/etc" }),
  };
}

/** systemd.unit(5) "STRING ESCAPING FOR INCLUSION IN UNIT NAMES", backwards. */
function unescapeName(text: string): string {
  return text
    .replaceAll("-", "/")
    .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
