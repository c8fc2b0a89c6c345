import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type Assignment,
  pathOf,
  splitAssignment,
  valueAt,
} from "../../../../src/authoring/edit/assignment.ts";
import { missingInputs } from "../../../../src/authoring/edit/missing-inputs.ts";
import { newManifest } from "../../../../src/authoring/edit/new-manifest.ts";
import { readDesiredState } from "../../../../src/manifest/index.ts";
import { pattern as patternOf, SHIPPED } from "../../render/builder.ts";

const shipped = readDesiredState({ revision: null, files: new Map() }, SHIPPED, { host: "x" });
const cache = shipped.patterns.get("cache-service") ?? patternOf();

const GIVEN: readonly Assignment[] = [
  { path: ["values", "persistence"], value: "aof" },
  { path: ["memory"], value: "1G" },
  { path: ["image"], value: "docker.io/library/redis:7" },
  { path: ["environment", "TZ"], value: "Europe/Oslo" },
];

describe("a new manifest", () => {
  const text = newManifest("sessions", cache, GIVEN) ?? "";

  test("says what was given, and nothing else", () => {
    expect(parse(text)).toEqual({
      pattern: "cache-service",
      image: "docker.io/library/redis:7",
      memory: "1G",
      environment: { TZ: "Europe/Oslo" },
      values: { persistence: "aof" },
    });
    expect(Object.keys(parse(text))).toEqual(["pattern", "image", "memory", "environment", "values"]);
  });

  test("explains its keys, and shows every other parameter with its default", () => {
    expect(text).toMatch(/^# sessions: Cache service\. An in-memory store/);
    expect(text).toContain("# All about it: quadgate pattern show cache-service\n");
    for (const [name, { default: value }] of Object.entries(cache.parameters)) {
      if (name !== "persistence") expect(text).toContain(`#   ${name}: ${value ?? ""}`);
    }
    expect(text).not.toMatch(/#\s+persistence:/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  test("is valid for every pattern once the missing values are given", () => {
    for (const pattern of shipped.patterns.values()) {
      const example = pattern.examples[0]?.manifest ?? {};
      const given = Object.entries(example).flatMap(([key, value]) =>
        key === "pattern" ? [] : [{ path: [key], value }],
      );
      const written = newManifest("mine", pattern, given) ?? "";
      expect(parse(written), pattern.name).toEqual({ ...example, pattern: pattern.name });
      expect(missingInputs(pattern, parse(written)), pattern.name).toEqual([]);
    }
  });

  test("becomes a valid one when its values are uncommented", () => {
    const bare = newManifest("sessions", cache, []) ?? "";
    const uncommented = bare.replace(/^# (?=values:$)|^#(?= {3}\w)/gm, "").replace(/^ {3}(?=\w)/gm, "  ");
    expect(Object.keys(parse(uncommented).values)).toEqual(Object.keys(cache.parameters));
  });
});

describe("a key or parameter that a pattern requires", () => {
  test("is asked for, keys first, each with an example and an option", () => {
    const own = patternOf({
      required: ["hostname"],
      defaults: { memory: "1G", networks: [], volumes: [], access: "none" },
      parameters: {
        app: { type: "string", description: "The app.", required: true, example: "blog" },
        more: { type: "boolean", description: "More.", required: false, default: false },
      },
    });
    const asked = missingInputs(own, {});
    expect(asked.map(({ path }) => path.join("."))).toEqual(["hostname", "image", "values.app"]);
    expect(asked[2]).toMatchObject({ question: "The app.", example: "blog", option: "--set values.app=..." });
    expect(missingInputs(own, { hostname: "x", image: "y", values: { app: "z" } })).toEqual([]);
  });
});

describe("an assignment on the command line", () => {
  test.each([
    ["values.x=y=z", ["values", "x"], "y=z"],
    ["volumes.0=/a:/b", ["volumes", 0], "/a:/b"],
    ['labels."a.b"=', ["labels", "a.b"], ""],
    ["labels.traefik.enable=true", ["labels", "traefik.enable"], "true"],
    ["environment.discovery.type=x", ["environment", "discovery.type"], "x"],
  ])("%s is split into path and value", (text, path, value) => {
    expect(splitAssignment(text)).toEqual({ path, text: value });
  });

  test("needs a path and a value", () => {
    expect(splitAssignment("values.x")).toBeUndefined();
    expect(splitAssignment("=x")).toBeUndefined();
  });

  test.each([
    ["environment.LEVEL", "1.10", "1.10"],
    ["labels.a", "true", "true"],
    ["values.persistence", "no", "no"],
    ["port", "8080", 8080],
    ["image", "1.27", "1.27"],
    ["networks", "[a, b]", ["a", "b"]],
    ["suspend", "true", true],
    ["health.cmd", "a: b: c", "a: b: c"],
    ["values.unknown", "", ""],
  ])("%s=%s means %j", (path, text, expected) => {
    expect(valueAt(pathOf(path), text, cache)).toEqual(expected);
  });
});
