import type { FieldDrift } from "../../model/drift.ts";
import type { LiveState, UnitFile } from "../../model/live.ts";
import type { Unit } from "../../model/unit.ts";
import { digestOf } from "../../model/unit.ts";

const DECLARED = "as declared";

/** The file on disk against the desired file, byte for byte, and drop-ins beside it that nobody declared. */
export function fileRow(unit: Unit, units: readonly Unit[], live: LiveState): FieldDrift {
  const file = live.files.get(unit.name);
  const foreign = foreignDropIns(unit, units, live);
  if (file === undefined) return drift("missing", "the file is not there", [unit.digest, null]);
  if (file.content !== unit.content) {
    return drift("edited", whatDiffers(unit, file), [unit.digest, digestOf(file.content)]);
  }
  if (foreign.length > 0) {
    return drift("as declared, with drop-ins", `not declared: ${foreign.join(", ")}`, [
      null,
      foreign.join(", "),
    ]);
  }
  const text = file.symlink ? `${DECLARED} (symbolic link)` : DECLARED;
  return { field: "unit", status: "match", desired: DECLARED, live: text };
}

function drift(
  live: string,
  message: string,
  [from, to]: readonly [string | null, string | null],
): FieldDrift {
  const short = (text: string | null) => text?.replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, "$1") ?? null;
  const diff = [{ path: "unit", from: short(from), to: short(to) }];
  return { field: "unit", status: "drift", desired: DECLARED, live, message, cause: "file", diff };
}

/** Names keys, never values: a unit may hold secrets. */
function whatDiffers(unit: Unit, file: UnitFile): string {
  const where = file.symlink ? "the file that the symbolic link leads to was edited" : "the file was edited";
  if (unit.kind === "file") return where;
  const desired = settingLines(unit.content);
  const found = settingLines(file.content);
  const lines = [...without(desired, found), ...without(found, desired)];
  const keys = [...new Set(lines.map((line) => line.slice(0, line.indexOf("=")).trim()))];
  return keys.length === 0 ? `${where}: comments or layout` : `${where}: ${keys.join(", ")}`;
}

function settingLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[^#;[]+=/.test(line));
}

function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const rest = [...others];
  return lines.filter((line) => {
    const index = rest.indexOf(line);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}

/** Drop-ins that Quadlet merges into this unit and that no desired unit is: for this unit alone. */
function foreignDropIns(unit: Unit, units: readonly Unit[], live: LiveState): readonly string[] {
  if (unit.kind === "file" || unit.kind === "dropin") return [];
  const declared = new Set(units.map(({ name }) => name));
  return [...live.files.keys()].filter((name) => name.startsWith(`${unit.name}.d/`) && !declared.has(name));
}
