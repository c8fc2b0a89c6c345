import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDesiredState } from "../../src/manifest/index.ts";
import type { Unit } from "../../src/model/unit.ts";
import { type RenderContext, renderUnits } from "../../src/render/index.ts";
import { findGenerator, runGenerator } from "../support/generator.ts";
import { CONTEXT, readFolder, SHIPPED } from "../unit/render/builder.ts";

/** A case is a folder: `repository/` is what is rendered, `expected/` what must come out. */
const cases = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);
const generator = findGenerator();
const UPDATE = process.env.QUADGATE_UPDATE_GOLDEN === "1";

function render(folder: string): readonly Unit[] {
  const overrides = join(folder, "context.json");
  const context: RenderContext = {
    ...CONTEXT,
    ...(existsSync(overrides) ? JSON.parse(readFileSync(overrides, "utf8")) : {}),
  };
  const tree = { revision: null, files: readFolder(join(folder, "repository")) };
  const desired = readDesiredState(tree, SHIPPED, { host: "test" });
  const rendered = renderUnits(desired, context);
  expect([...desired.issues, ...rendered.issues]).toEqual([]);
  return rendered.units;
}

/** A file on the host is kept below `host/`, with its mode in the name where that is not the usual one. */
function pathOf(unit: Unit): string {
  const mode = unit.mode === "0644" ? "" : `,mode=${unit.mode}`;
  return unit.kind === "file" ? `host${unit.name}${mode}` : unit.name;
}

function update(folder: string, units: readonly Unit[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const unit of units) {
    mkdirSync(dirname(join(folder, pathOf(unit))), { recursive: true });
    writeFileSync(join(folder, pathOf(unit)), unit.content);
  }
}

describe.each(cases.map((entry) => entry.name))("%s", (name) => {
  const folder = join(import.meta.dirname, name);

  test("renders what is expected, file by file", () => {
    const units = render(folder);
    if (UPDATE) update(join(folder, "expected"), units);
    const files = new Map(units.map((unit) => [pathOf(unit), unit.content]));
    expect(files).toEqual(readFolder(join(folder, "expected")));
  });

  test.skipIf(generator === undefined)("renders only units that podman's generator takes", () => {
    const units = render(folder).filter((unit) => unit.kind !== "file");
    const run = runGenerator(generator ?? "", units);
    expect(run.errors).toEqual([]);
    expect(run.services.size).toBe(units.filter((unit) => unit.kind !== "dropin").length);
  });
});
