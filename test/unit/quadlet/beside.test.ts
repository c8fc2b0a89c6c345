import { describe, expect, test } from "vitest";
import { parseUnitText } from "../../../src/quadlet/argv/unit-text.ts";
import { pathsBeside, readersOf } from "../../../src/quadlet/beside.ts";
import { unitOf } from "../../support/plan-input.ts";

const paths = (unit: string, text: string, files: Readonly<Record<string, string>> = {}) =>
  pathsBeside(unit, parseUnitText(text), (path) => files[path]).map(({ path }) => path);

const POD = `kind: Pod
metadata: { name: p }
spec:
  containers: [{ name: main, image: localhost/made:1 }]
  volumes: [{ hostPath: { path: ./inner } }, { hostPath: { path: /abs } }]
`;

describe("the paths that a Quadlet names relative to its folder", () => {
  test.each([
    [
      "EnvironmentFile=app.env\nEnvironmentFile=./b.env '/abs' \"sub/c d.env\"",
      ["app.env", "b.env", "sub/c d.env"],
    ],
    ["EnvironmentFile=old.env\nEnvironmentFile=\nEnvironmentFile=new.env", ["new.env"]],
    ["EnvironmentFile=%h/x ./%N/y ../up.env", ["../up.env"]],
    [
      "Volume=./conf/:/conf:ro\nVolume=.:/all\nVolume=named:/n\nVolume=a.volume:/v\nVolume=./d",
      ["conf", "."],
    ],
    ["Volume=.hidden:/h\nVolume=/abs:/a\nVolume=../up:/u", [".hidden", "../up"]],
    ["Mount=type=bind,src=./m,dst=/m\nMount=type=bind,source=n,dst=/n\nMount=type=tmpfs,dst=/t", ["m"]],
  ])("of a container with %s", (lines, expected) => {
    expect(paths("a.container", `[Container]\n${lines}\n`)).toEqual(expected);
  });

  test("of a pod and of a .kube, with what its YAML names if podman runs in that folder", () => {
    expect(paths("a.pod", "[Pod]\nVolume=./x:/x\n")).toEqual(["x"]);
    const kube = "[Kube]\nYaml=dir/k.yaml\nConfigMap=a.yaml ./b.yaml\nConfigMap=/c.yaml\n";
    expect(paths("a.kube", kube, { "dir/k.yaml": POD })).toEqual(["dir/k.yaml", "a.yaml", "b.yaml"]);
    const inside = ["dir/inner", "dir/made"];
    expect(paths("a.kube", `${kube}SetWorkingDirectory=yaml\n`, { "dir/k.yaml": POD }).slice(3)).toEqual(
      inside,
    );
    expect(paths("a.kube", `${kube}SetWorkingDirectory=unit\n`, { "dir/k.yaml": POD }).slice(3)).toEqual([
      "inner",
      "made",
    ]);
  });

  test.each([
    ["SetWorkingDirectory=unit\nFile=Containerfile", ["Containerfile", "."]],
    ["SetWorkingDirectory=./ctx\nFile=sub/Containerfile\nVolume=./v:/v", ["v", "sub/Containerfile", "ctx"]],
    ["SetWorkingDirectory=file\nFile=/abs/Containerfile", []],
    ["SetWorkingDirectory=file\nFile=ctx/Containerfile\nIgnoreFile=ign", ["ctx/Containerfile", "ign", "ctx"]],
    ["SetWorkingDirectory=https://git.example/x.git", []],
    ["SetWorkingDirectory=github.com/a/b", []],
    ["File=/abs/Containerfile", []],
  ])("of a build with %s", (lines, expected) => {
    expect(paths("a.build", `[Build]\n${lines}\n`)).toEqual(expected);
  });

  test("of other kinds are none: podman takes them as they are", () => {
    expect(paths("a.image", "[Image]\nAuthFile=./auth.json\n")).toEqual([]);
    expect(paths("a.volume", "[Volume]\nDevice=./x\n")).toEqual([]);
  });
});

test("the readers of a file are the units that name it or a folder above it, in their own folder", () => {
  const units = [
    unitOf("a.container", "[Container]\nVolume=./conf:/c\n"),
    unitOf("a.container.d/x.conf", "[Container]\nEnvironmentFile=a.env\n"),
    unitOf("b.container", "[Container]\nEnvironmentFile=a.env\n"),
    unitOf("sub/c.container", "[Container]\nEnvironmentFile=a.env\n"),
    unitOf("d.build", "[Build]\nSetWorkingDirectory=unit\n"),
  ];
  const readers = readersOf(units, "/u");
  const of = (name: string, instance = "a") => readers({ name, instance });
  expect(of("/u/a.env")).toEqual(["a.container", "b.container"]);
  expect(of("/u/sub/a.env")).toEqual(["sub/c.container"]);
  expect(of("/u/conf/x/y")).toEqual(["a.container"]);
  expect(of("/u/conf2")).toEqual([]);
  expect(of("/elsewhere/a.env")).toEqual([]);
  expect(of("a.container")).toEqual([]);
  expect(of("/u/Containerfile", "d")).toEqual(["d.build"]);
});
