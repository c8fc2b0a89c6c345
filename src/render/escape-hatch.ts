import type { PatternInstance } from "../model/instance.ts";
import type { Draft } from "./compile.ts";
import type { Findings } from "./issues.ts";
import { isSingle } from "./quadlet-keys.ts";
import type { UnitLine } from "./unit-text.ts";

/**
 * Merges a manifest's `quadlet:` into its main unit. Values are verbatim Quadlet text (specifiers and
 * variables work). A key with one value is replaced, a list grows; an empty value resets a list, as in any
 * unit file.
 */
export function mergeEscapeHatch(draft: Draft, instance: PatternInstance, findings: Findings): Draft {
  const sections = Object.keys(instance.spec.quadlet);
  const lines: UnitLine[] = [];
  for (const [section, keys] of Object.entries(instance.spec.quadlet)) {
    if (!/^[^[\]\p{Cc}]+$/u.test(section)) {
      findings.add("value-invalid", `"${section}" cannot be a section's name`, { path: "quadlet" });
      continue;
    }
    for (const [key, value] of Object.entries(keys)) {
      lines.push(...hatchLines(section, key, [value].flat(), findings));
    }
  }
  return { sections: [...draft.sections, ...sections], lines: [...draft.lines, ...lines] };
}

function hatchLines(
  section: string,
  key: string,
  values: readonly string[],
  findings: Findings,
): readonly UnitLine[] {
  const path = `quadlet.${section}.${key}`;
  const fault = /^[A-Za-z][A-Za-z0-9-]*$/.test(key)
    ? (values.map(verbatimFault).find((found) => found !== undefined) ?? countFault(section, key, values))
    : "is not a key";
  if (fault !== undefined) {
    findings.add("value-invalid", `${key} of [${section}] ${fault}`, { path });
    return [];
  }
  return values.map((value) => ({ section, key, value, path }));
}

function verbatimFault(value: string): string | undefined {
  if (/[\n\r]/.test(value))
    return "has more than one line; write a list, because each entry becomes one line";
  if (value.endsWith("\\")) return "ends with a backslash, which would continue the line";
  return undefined;
}

function countFault(section: string, key: string, values: readonly string[]): string | undefined {
  return isSingle(section, key) && values.length > 1 ? "takes only one value" : undefined;
}
