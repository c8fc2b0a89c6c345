import { describe, expect, test } from "vitest";
import { labelledHostnames } from "../../../src/render/hostnames.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { CONTEXT, instance, raw, state } from "./builder.ts";

const site = (name: string, hostname = "a.example.org") =>
  instance(name, { pattern: "reverse-proxy-backend", image: "x", port: 80, hostname });
const labelled = (name: string, rule: string) =>
  raw(name, {
    [`${name}.container`]: `[Container]\nImage=x\nLabel="traefik.http.routers.${name}.rule=${rule}"\n`,
  });

function refused(...instances: Parameters<typeof state>[0]): readonly (string | undefined)[] {
  const { issues, invalid } = renderUnits(state(instances), CONTEXT);
  expect(issues.every(({ code }) => code === "hostname-taken")).toBe(true);
  expect([...invalid].sort()).toEqual(issues.map((one) => one.instance).sort());
  return [...invalid].sort();
}

describe("a hostname that two instances ask for", () => {
  test("is an error on both instances, in upper or lower case", () => {
    expect(refused(site("one"), site("two", "A.EXAMPLE.org"))).toEqual(["one", "two"]);
    expect(refused(site("one"), site("two", "b.example.org"))).toEqual([]);
  });

  test("is an error too if a raw Quadlet claims it by a label", () => {
    expect(refused(site("one"), labelled("old", "Host(`a.example.org`)"))).toEqual(["old", "one"]);
    expect(refused(labelled("x", "Host(`b.org`)"), labelled("y", "Host(`a.org`) || Host(`b.org`)"))).toEqual([
      "x",
      "y",
    ]);
  });

  test("may be shared if a rule divides it by paths", () => {
    expect(refused(site("one"), labelled("api", "Host(`a.example.org`) && PathPrefix(`/api`)"))).toEqual([]);
  });

  test("is not checked if quadgate writes no routes", () => {
    const context = { ...CONTEXT, traefik: { ...CONTEXT.traefik, mode: "off" as const } };
    expect(renderUnits(state([site("one"), site("two")]), context).issues).toEqual([]);
  });
});

test.each([
  ["Label=traefik.http.routers.a.rule=Host(`a.org`)", ["a.org"]],
  ["Label='traefik.http.routers.a-b.rule=Host(`a.org`, `b.org`)' other=1", ["a.org", "b.org"]],
  ["# Label=traefik.http.routers.a.rule=Host(`a.org`)", []],
  ["Label=traefik.http.routers.a.middlewares=Host(`a.org`)", []],
  ["Label=traefik.http.routers.a.rule=HostRegexp(`a.org`)", []],
])("the line %s of a raw Quadlet claims the hostnames %j", (line, expected) => {
  expect(labelledHostnames(`[Container]\n${line}\n`)).toEqual(expected);
});
