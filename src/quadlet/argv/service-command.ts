import { splitWords } from "../../lib/systemd-words.ts";
import { expandSpecifiers, type SpecifierFacts } from "./expand-specifiers.ts";
import { expandVariables, type Variables } from "./expand-variables.ts";
import { type PodmanCall, parsePodman } from "./podman-call.ts";
import { type UnitText, valuesOf } from "./unit-text.ts";

/**
 * The podman command of a generated service, as systemd runs it: unquoted, with specifiers and
 * variables expanded. A pod's service has it in its first ExecStartPre=. Every other service has it in its
 * last ExecStart=, because the generator appends its own. Undefined if the service has none.
 */
export function serviceCommand(
  text: UnitText,
  service: string,
  facts: SpecifierFacts,
): PodmanCall | undefined {
  const words = serviceWords(text, service, facts);
  return words === undefined ? undefined : parsePodman(words);
}

/** The words of that command, the program's path first. */
export function serviceWords(
  text: UnitText,
  service: string,
  facts: SpecifierFacts,
): readonly string[] | undefined {
  const start = valuesOf(text, "Service", "ExecStart").at(-1);
  const line = text.has("X-Pod") ? valuesOf(text, "Service", "ExecStartPre")[0] : start;
  return line === undefined ? undefined : commandWords(line, text, service, facts);
}

/**
 * The words of one Exec line as systemd runs them, without the prefixes of the program's path (`-`, `@`,
 * `:` ...).
 */
export function commandWords(
  line: string,
  text: UnitText,
  service: string,
  facts: SpecifierFacts,
): readonly string[] {
  const [program = "", ...words] = splitWords(line);
  const path = program.replace(/^[-@:+!|]+/, "");
  const expanded = words.map((word) => expandSpecifiers(word, service, facts));
  const isLiteral = program.slice(0, program.length - path.length).includes(":");
  if (isLiteral || !expanded.some((word) => word.includes("$"))) return [path, ...expanded];
  return [path, ...expandVariables(expanded, variablesOf(text, service, facts))];
}

/**
 * A service's variables. Those of Environment= are known unless an EnvironmentFile= may override them, and so
 * are the few that a user's manager always sets. All others may come from the manager's own environment.
 */
function variablesOf(text: UnitText, service: string, facts: SpecifierFacts): Variables {
  if (valuesOf(text, "Service", "EnvironmentFile").length > 0) return () => undefined;
  const known = new Map<string, string>();
  if (facts.rootless) {
    known.set("HOME", facts.home).set("USER", facts.user).set("LOGNAME", facts.user);
    known.set("XDG_RUNTIME_DIR", facts.runtimeDir);
  }
  for (const [name, value] of ownVariables(text, service, facts)) known.set(name, value);
  return (name) => known.get(name);
}

/** The variables that a service's own `Environment=` lines set. */
export function ownVariables(
  text: UnitText,
  service: string,
  facts: SpecifierFacts,
): readonly (readonly [name: string, value: string])[] {
  const words = splitWords(valuesOf(text, "Service", "Environment").join(" "));
  return words.flatMap((word) => {
    const equals = word.indexOf("=");
    if (equals <= 0) return [];
    return [[word.slice(0, equals), expandSpecifiers(word.slice(equals + 1), service, facts)] as const];
  });
}
