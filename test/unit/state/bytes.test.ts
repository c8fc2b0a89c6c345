import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFiles } from "../../../src/host/files.ts";
import { bytesOf, textOf } from "../../../src/lib/bytes.ts";
import { type Unit, unitDigest } from "../../../src/model/unit.ts";
import { openState, type State } from "../../../src/state/index.ts";
import { FACTS } from "../../support/health-host.ts";

let stateDir: string;
let state: State;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "quadgate-state-"));
  state = openState({ files: createFiles(), facts: { ...FACTS, stateDir } });
});

afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

function unit(name: string, kind: Unit["kind"], content: string): Unit {
  const own = { name, kind, mode: "0644", content };
  return { ...own, instance: "web", digest: unitDigest(own), origin: { file: "desired-state/web.yaml" } };
}

test("a kept set gives units and files back with every byte", async () => {
  const contents = fc.uint8Array({ maxLength: 40 }).map(textOf);
  await fc.assert(
    fc.asyncProperty(contents, contents, async (source, mounted) => {
      const units = [unit("/srv/logo.png", "file", mounted), unit("web.container", "container", source)];
      const name = await state.storeGeneration(units);
      expect(await state.readGeneration(name)).toEqual(units);
      const stored = readFileSync(join(stateDir, "units", name, "web.container"));
      expect(stored.equals(bytesOf(source))).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("the inventory keeps the name of whatever it owns", async () => {
  const before = await state.readInventory();
  const owned = { instance: "web", service: null, digest: "d".repeat(64), revision: null };
  const name = "/srv/caf\udce9/\udcff😀";
  await state.writeInventory({ ...before, units: { [name]: owned } });
  expect(Object.keys((await state.readInventory()).units)).toEqual([name]);
});
