import { beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { openState, type State } from "../../../src/state/index.ts";
import { FACTS } from "../../support/health-host.ts";
import { MemoryFiles } from "../../support/memory-files.ts";

const DIR = "/state";

let files: MemoryFiles;
let state: State;

beforeEach(() => {
  files = new MemoryFiles();
  state = openState({ files, facts: { ...FACTS, stateDir: DIR } });
});

function unit(name: string, kind: Unit["kind"], content: string): Unit {
  const origin = { file: "desired-state/web.yaml", line: 3 };
  return { name, kind, instance: "web", content, mode: "0644", digest: digestOf(content), origin };
}

const UNITS = [
  unit("web.container", "container", "[Container]\nImage=x\n"),
  unit("web.container.d/10-more.conf", "dropin", "[Service]\nNice=5\n"),
  unit("/srv/web.container", "file", "a file of the web, with an odd name"),
  unit("app.network", "network", "[Network]\n"),
];

const byName = (units: readonly Unit[]) => [...units].sort((a, b) => (a.name < b.name ? -1 : 1));
const inFolder = (name: string) =>
  [...files.files.keys()].filter((path) => path.startsWith(`${DIR}/units/${name}/`)).sort();

test("a generation is read as it was stored", async () => {
  const name = await state.storeGeneration(UNITS);
  expect(await state.readGeneration(name)).toEqual(byName(UNITS));
});

test("a generation does not keep the line table of a unit", async () => {
  const [first, ...rest] = UNITS;
  if (!first) throw new Error("no unit");
  const lines = new Map([[1, { file: "desired-state/web.yaml", line: 1 }]]);
  const name = await state.storeGeneration([{ ...first, lines }, ...rest]);
  expect(await state.readGeneration(name)).toEqual(byName(UNITS));
});

test("a generation stores Quadlet sources under their own names and plain files under others", async () => {
  const name = await state.storeGeneration(UNITS);
  expect(inFolder(name)).toEqual(
    ["app.network", "manifest.json", "web.container", "web.container.d/10-more.conf"].map(
      (file) => `${DIR}/units/${name}/${file}`,
    ),
  );
  expect(await files.read(`${DIR}/units/${name}/web.container`)).toBe("[Container]\nImage=x\n");
});

describe("the name of a generation", () => {
  test("does not depend on the order of the units", async () => {
    expect(await state.storeGeneration([...UNITS].reverse())).toBe(await state.storeGeneration(UNITS));
  });

  test("differs with content, mode and set of the units", async () => {
    const [first, ...rest] = UNITS;
    if (!first) throw new Error("no unit");
    const names = await Promise.all([
      state.storeGeneration(UNITS),
      state.storeGeneration(rest),
      state.storeGeneration([]),
      state.storeGeneration([{ ...first, mode: "0600" }, ...rest]),
      state.storeGeneration([unit(first.name, first.kind, "[Container]\nImage=y\n"), ...rest]),
    ]);
    expect(new Set(names).size).toBe(5);
  });
});

test("a generation that exists is not written again", async () => {
  await state.storeGeneration(UNITS);
  files.beforeChange = (operation, path) => {
    throw new Error(`${operation} ${path}`);
  };
  await expect(state.storeGeneration(UNITS)).resolves.toEqual(expect.any(String));
});

describe("a damaged generation in the state", () => {
  test.each([
    ["a source was edited", "web.container", "[Container]\nImage=evil\n"],
    ["the manifest was cut", "manifest.json", '{"schemaVersion":1,'],
  ])("because %s is refused, and repaired by the next store", async (_, file, content) => {
    const name = await state.storeGeneration(UNITS);
    files.put(`${DIR}/units/${name}/${file}`, content);
    await expect(state.readGeneration(name)).rejects.toMatchObject({
      reason: "state-unreadable",
      message: expect.stringContaining(file),
    });
    await state.storeGeneration(UNITS);
    expect(await state.readGeneration(name)).toEqual(byName(UNITS));
  });

  test("because a source is gone is refused", async () => {
    const name = await state.storeGeneration(UNITS);
    files.files.delete(`${DIR}/units/${name}/app.network`);
    await expect(state.readGeneration(name)).rejects.toMatchObject({ reason: "state-unreadable" });
  });
});

test("a generation that was never stored is refused", async () => {
  await expect(state.readGeneration("abc")).rejects.toMatchObject({ reason: "state-unreadable" });
});

/** Runs the work and dies at its k-th change; whether it died. */
async function diesAt(k: number, work: () => Promise<unknown>): Promise<boolean> {
  let left = k;
  files.beforeChange = () => {
    if (left === 0) throw new Error("killed");
    left -= 1;
  };
  const died = await work().then(
    () => false,
    () => true,
  );
  files.beforeChange = () => undefined;
  return died;
}

test("an interrupted store leaves no generation until the next store makes it whole", async () => {
  const name = await state.storeGeneration(UNITS);
  let died = true;
  for (let k = 0; died; k += 1) {
    files.files.clear();
    died = await diesAt(k, () => state.storeGeneration(UNITS));
    if (died) await expect(state.readGeneration(name)).rejects.toMatchObject({ reason: "state-unreadable" });
    await state.storeGeneration(UNITS);
    expect(await state.readGeneration(name)).toEqual(byName(UNITS));
  }
});
