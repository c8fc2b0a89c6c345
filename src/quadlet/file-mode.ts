import type { UnitFile } from "../model/live.ts";
import { isModeOf, modeOf, type Unit } from "../model/unit.ts";

/** A file's mode as octal text, if it is not as declared; undefined if it is, or if no mode is declared. */
export function wrongMode(unit: Unit, file: UnitFile): { desired: string; live: string } | undefined {
  const mode = modeOf(unit);
  if (mode === undefined || isModeOf(unit, file.mode)) return undefined;
  return { desired: octal(mode), live: octal(file.mode) };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
