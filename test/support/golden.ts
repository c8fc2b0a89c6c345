import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { Unit } from "../../src/model/unit.ts";
import { readFolder } from "../unit/render/builder.ts";
import { runGenerator } from "./generator.ts";

const UPDATE = process.env.QUADGATE_UPDATE_GOLDEN === "1";

/** A file on the host is kept below `host/`, with its mode in the name where that is not the usual one. */
function pathOf(unit: Unit): string {
  const mode = unit.mode === "0644" ? "" : `,mode=${unit.mode}`;
  return unit.kind === "file" ? `host${unit.name}${mode}` : unit.name;
}

/** Holds what was rendered against a folder, file by file; with QUADGATE_UPDATE_GOLDEN=1 it writes the folder first. */
export function expectGolden(folder: string, units: readonly Unit[]): void {
  if (UPDATE) {
    rmSync(folder, { recursive: true, force: true });
    for (const unit of units) {
      mkdirSync(dirname(join(folder, pathOf(unit))), { recursive: true });
      writeFileSync(join(folder, pathOf(unit)), unit.content);
    }
  }
  expect(new Map(units.map((unit) => [pathOf(unit), unit.content]))).toEqual(readFolder(folder));
}

/** Expects podman's generator to make a service of every unit, without a word against any. */
export function expectGenerated(generator: string, units: readonly Unit[]): void {
  const shown = units.filter((unit) => unit.kind !== "file");
  const run = runGenerator(generator, shown);
  expect(run.errors).toEqual([]);
  expect(run.services.size).toBe(shown.filter((unit) => unit.kind !== "dropin").length);
}
