import { digestOf } from "../lib/digest.ts";
import type { FieldDrift } from "../model/drift.ts";
import type { UnitFile } from "../model/live.ts";
import { obstructionOf } from "../model/obstruction.ts";
import type { Unit } from "../model/unit.ts";
import { wrongMode } from "../quadlet/file-mode.ts";
import type { IndexedLive } from "./indexed-live.ts";

/**
 * Compares the file on disk with the desired file, byte for byte. Drop-ins beside it that are not `declared`
 * are drift too.
 */
export function fileRow(unit: Unit, declared: ReadonlySet<string>, live: IndexedLive): FieldDrift {
  const file = live.files.get(unit.name);
  const desired = short(unit.kind === "file" ? digestOf(unit.content) : unit.digest);
  const obstructed = obstructedDrift(unit, desired, live);
  if (obstructed !== undefined) return obstructed;
  if (file === undefined) {
    const diff = [{ path: "unit", from: desired, to: null }];
    return { ...drift(desired, "missing", "the file is not there"), diff };
  }
  if (file.content !== unit.content) {
    return drift(desired, short(digestOf(file.content)), whatDiffers(unit, file));
  }
  return (
    modeDrift(unit, file) ??
    dropInDrift(desired, foreignDropIns(unit, declared, live)) ?? {
      field: "unit",
      status: "match",
      desired,
      live: file.symlink ? `${desired} (symbolic link)` : desired,
    }
  );
}

/** The drift if something other than a readable file is in the unit's place. */
function obstructedDrift(unit: Unit, desired: string, live: IndexedLive): FieldDrift | undefined {
  const obstruction = obstructionOf(unit.name, live.obstacles);
  if (obstruction === undefined) return undefined;
  const { at, obstacle } = obstruction;
  if (at === unit.name) return drift(desired, "no file", `${obstacle.message} stands there`);
  return drift(desired, "unreadable", `${at}, which belongs to it, is ${obstacle.message}`);
}

function modeDrift(unit: Unit, file: UnitFile): FieldDrift | undefined {
  const mode = wrongMode(unit, file);
  if (mode === undefined) return undefined;
  const diff = [{ path: "unit.mode", from: mode.desired, to: mode.live }];
  return { ...drift(mode.desired, mode.live, "the mode was changed"), diff };
}

function dropInDrift(desired: string, foreign: readonly string[]): FieldDrift | undefined {
  if (foreign.length === 0) return undefined;
  const message = `drop-ins that are not declared: ${foreign.join(", ")}`;
  return {
    ...drift(desired, "changed by drop-ins", message),
    cause: "override",
    kinds: ["quadlet-drop-in"],
  };
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

function drift(desired: string, live: string, message: string): FieldDrift {
  const diff = [{ path: "unit", from: desired, to: live }];
  return { field: "unit", status: "drift", desired, live, message, cause: "file", diff };
}

/** Names keys but never values, because a unit may hold secrets. */
function whatDiffers(unit: Unit, file: UnitFile): string {
  const where = file.symlink ? "the target of the symbolic link was edited" : "the file was edited";
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

/** Undeclared drop-ins that Quadlet merges into this unit and into no other. */
function foreignDropIns(unit: Unit, declared: ReadonlySet<string>, live: IndexedLive): readonly string[] {
  if (unit.kind === "file" || unit.kind === "dropin") return [];
  return (live.index.dropIns.get(`${unit.name}.d`) ?? []).filter((name) => !declared.has(name));
}
