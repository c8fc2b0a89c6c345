import { expect, test } from "vitest";
import { readDesiredState } from "../../../src/manifest/index.ts";
import type { Tree } from "../../../src/model/tree.ts";
import { linesOf, namesOf, read, SHIPPED, treeOf } from "./support.ts";

const container = (...lines: readonly string[]) => `[Container]\nImage=x\n${lines.join("\n")}\n`;

/** By instance: the paths of its files relative to its units, each with its path in the repository. */
function filesOf(files: Readonly<Record<string, string>>) {
  const state = read(files);
  const found = state.instances.flatMap((one) =>
    one.kind === "raw" && one.beside !== undefined
      ? [[one.name, Object.fromEntries([...one.beside].map(([path, { source }]) => [path, source]))] as const]
      : [],
  );
  return { lines: linesOf(state), names: namesOf(state), files: Object.fromEntries(found) };
}

test("files that a raw Quadlet or its drop-in names are its own, whatever they are called", () => {
  const { lines, names, files } = filesOf({
    "desired-state/a/web.container": container(
      "EnvironmentFile=.env",
      "Volume=./conf:/c",
      "Volume=./data:/d",
    ),
    "desired-state/a/web.container.d/x.conf": "[Container]\nVolume=./more.yml:/m\n",
    "desired-state/a/.env": "A=1\n",
    "desired-state/a/more.yml": "x",
    "desired-state/a/conf/app.yaml": "title: not a manifest\n",
    "desired-state/a/conf/.git/x.service": "[Service]\n",
    "desired-state/a/conf/deep/kube.yaml": "apiVersion: v1\nkind: Pod\n",
    "desired-state/a/other.env": "B=1\n",
  });
  expect([lines, names]).toEqual([[], ["web"]]);
  expect(files).toEqual({
    web: {
      ".env": "desired-state/a/.env",
      "conf/app.yaml": "desired-state/a/conf/app.yaml",
      "conf/.git/x.service": "desired-state/a/conf/.git/x.service",
      "conf/deep/kube.yaml": "desired-state/a/conf/deep/kube.yaml",
      "more.yml": "desired-state/a/more.yml",
    },
  });
});

test("a build from its own folder takes what is neither a unit nor a manifest nor in a folder of others", () => {
  const { lines, names, files } = filesOf({
    "desired-state/app.build": "[Build]\nImageTag=x\nFile=Containerfile\nSetWorkingDirectory=unit\n",
    "desired-state/app.container": container(),
    "desired-state/backup.timer": "[Timer]\nOnCalendar=daily\n",
    "desired-state/web.yaml": "pattern: web\n",
    "desired-state/networks.yaml": "lan: {}\n",
    "desired-state/Containerfile": "FROM x\n",
    "desired-state/src/settings.yaml": "title: x\n",
    "desired-state/others/o.container": container(),
    "desired-state/others/readme.md": "x",
  });
  expect([lines, names]).toEqual([[], ["app", "backup", "web"].concat("o").toSorted()]);
  expect(files).toEqual({
    app: {
      Containerfile: "desired-state/Containerfile",
      "src/settings.yaml": "desired-state/src/settings.yaml",
    },
  });
});

test("Kubernetes YAML belongs to the .kube that names it, and is refused if none does", () => {
  const pod = "apiVersion: v1\nkind: Pod\n";
  const { lines, names, files } = filesOf({
    "desired-state/app.kube": "[Kube]\nYaml=app.yaml\nConfigMap=map.yml\n",
    "desired-state/app.yaml": pod,
    "desired-state/map.yml": "apiVersion: v1\nkind: ConfigMap\n",
    "desired-state/stray.yaml": pod,
  });
  expect([names, files]).toEqual([
    ["app"],
    { app: { "app.yaml": "desired-state/app.yaml", "map.yml": "desired-state/map.yml" } },
  ]);
  expect(lines).toEqual([
    "desired-state/stray.yaml: this is a Kubernetes object, and no .kube names it " +
      "(name it in Yaml= or ConfigMap= of a .kube beside it, or move it out of desired-state/)",
  ]);
});

test("Quadlets in a folder that another one mounts stay instances, as podman reads them", () => {
  const { names, files } = filesOf({
    "desired-state/a.container": container("Volume=./sub:/s"),
    "desired-state/sub/b.container": container(),
    "desired-state/sub/b.container.d/x.conf": "[Service]\nNice=5\n",
    "desired-state/sub/x": "x",
  });
  expect([names, files]).toEqual([["a", "b"], { a: { "sub/x": "desired-state/sub/x" } }]);
});

test("what git has above the unit's folder is refused with its line, and the host's is left to the host", () => {
  const { lines, names } = filesOf({
    "desired-state/a/web.container": container("EnvironmentFile=./ok.env ../shared.env", "Volume=../..:/all"),
    "desired-state/b/app.container": container("EnvironmentFile=../../host.env", "Volume=/etc:/etc"),
    "desired-state/shared.env": "A=1\n",
  });
  expect(names).toEqual(["app"]);
  expect(lines).toEqual([
    'desired-state/a/web.container:3:1: "./ok.env ../shared.env" names desired-state/shared.env, ' +
      "which is outside of the folder of web.container " +
      "(move it into desired-state/a/, or write the absolute path of a file of the host)",
  ]);
});

test("a link or a large file below a named path is an issue of that instance alone", () => {
  const tree: Tree = {
    ...treeOf({
      "desired-state/web.container": container("Volume=./conf:/c"),
      "desired-state/ok.container": container(),
      "desired-state/conf/x": "x",
    }),
    refused: new Map([
      ["desired-state/conf/link", "symbolic-link"],
      ["desired-state/conf/big", "large-file"],
    ]),
  };
  const state = readDesiredState(tree, SHIPPED, { host: "htpc" });
  expect([namesOf(state), state.complete]).toEqual([["ok"], true]);
  expect(state.issues.map(({ code, instance }) => [code, instance])).toEqual([
    ["file-too-large", "web"],
    ["file-not-plain", "web"],
  ]);
});

test("git's executable bit comes along", () => {
  const tree: Tree = {
    ...treeOf({
      "desired-state/web.container": container("Volume=./run:/run.sh", "Volume=./read:/read"),
      "desired-state/run": "#!/bin/sh\n",
      "desired-state/read": "x",
    }),
    executable: new Set(["desired-state/run"]),
  };
  const [web] = readDesiredState(tree, SHIPPED, { host: "htpc" }).instances;
  const beside = web?.kind === "raw" ? [...(web.beside ?? [])] : [];
  expect(beside.map(([path, { executable }]) => [path, executable])).toEqual([
    ["run", true],
    ["read", false],
  ]);
});
