import { expect, test } from "vitest";
import { readDesiredState } from "../../../src/manifest/index.ts";
import { placeUnits } from "../../../src/render/placement.ts";
import { renderUnits } from "../../../src/render/render-units.ts";
import { CONTEXT, SHIPPED } from "./builder.ts";

const UNIT = "[Container]\nImage=x\nEnvironmentFile=.env\n";
const FILES = {
  "desired-state/b/b.container": UNIT,
  "desired-state/b/b.container.d/x.conf": "[Service]\nNice=5\n",
  "desired-state/b/b.network": "[Network]\n",
  "desired-state/b/.env": "B=1\n",
  "desired-state/a/a.container": UNIT,
  "desired-state/a/.env": "A=1\n",
};

function stateOf(files: Readonly<Record<string, string>>) {
  return readDesiredState({ revision: null, files: new Map(Object.entries(files)) }, SHIPPED, { host: "x" });
}

/** The instances that go to a subfolder, with that. `deployed`: names of units with their instances. */
function placed(files: Readonly<Record<string, string>>, deployed: Readonly<Record<string, string>> = {}) {
  const { unitDir } = CONTEXT;
  return Object.fromEntries(
    placeUnits(stateOf(files), { deployed: new Map(Object.entries(deployed)), unitDir }),
  );
}

test("units with files beside them lie in the unit folder as long as no two files meet", () => {
  expect(placed({ "desired-state/a/a.container": UNIT, "desired-state/a/.env": "A=1\n" })).toEqual({});
  expect(placed({ ...FILES, "desired-state/a/a.container": UNIT.replace(".env", "a.env") })).toEqual({});
  expect(placed(FILES)).toEqual({ b: "b" });
});

test("Quadlets of one folder share its files, and go together", () => {
  const shared = { ...FILES, "desired-state/b/c.container": UNIT };
  expect(placed(shared)).toEqual({ b: "b", c: "b" });
  const { units, issues } = renderUnits(stateOf({ "desired-state/b/c.container": UNIT, ...FILES }), CONTEXT);
  expect([issues, units.filter(({ kind }) => kind === "file").map(({ instance }) => instance)]).toEqual([
    [],
    ["a", "b", "c"],
  ]);
});

test("a file and a folder of one name meet too", () => {
  const conf = "[Container]\nImage=x\nVolume=./conf:/c\n";
  const files = {
    "desired-state/a/a.container": conf,
    "desired-state/a/conf": "x",
    "desired-state/deep/b/b.container": conf,
    "desired-state/deep/b/conf/x": "x",
  };
  expect(placed(files)).toEqual({ b: "deep/b" });
});

test("what is deployed stays where it is, whatever else comes or goes", () => {
  const env = `${CONTEXT.unitDir}/.env`;
  expect(placed(FILES, { "b.container": "b", [env]: "b" })).toEqual({ a: "a" });
  expect(placed(FILES, { "a.container": "a", "b.container": "b", [env]: "b" })).toEqual({ a: "a" });
  expect(placed(FILES, { "b.container": "b" })).toEqual({ a: "a" });
  const { "desired-state/a/.env": _, ...alone } = FILES;
  expect(placed(alone, { "b/b.container": "b" })).toEqual({ b: "b" });
});

test("the folder takes the units that name paths, their drop-ins and files, but no objects of podman", () => {
  const { units } = renderUnits(stateOf(FILES), CONTEXT);
  expect(units.map(({ name, kind, mode }) => [name, kind, mode])).toEqual([
    [`${CONTEXT.unitDir}/.env`, "file", "100644"],
    [`${CONTEXT.unitDir}/b/.env`, "file", "100644"],
    ["a.container", "container", "0644"],
    ["b.network", "network", "0644"],
    ["b/b.container", "container", "0644"],
    ["b/b.container.d/x.conf", "dropin", "0644"],
  ]);
});
