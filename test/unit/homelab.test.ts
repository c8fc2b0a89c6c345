import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readDesiredState, readRepositorySettings } from "../../src/manifest/index.ts";
import { renderUnits } from "../../src/render/index.ts";
import { commandsOf, EXAMPLE_HOMELAB } from "../support/example-homelab.ts";
import { CONTEXT, SHIPPED } from "./render/builder.ts";

const tree = { revision: null, files: EXAMPLE_HOMELAB };
const desired = readDesiredState(tree, SHIPPED, { host: "htpc" });
const { units, issues } = renderUnits(desired, CONTEXT);
const text = (path: string) => EXAMPLE_HOMELAB.get(path) ?? "";
const readme = text("desired-state/README.md");

const valuesOf = (expression: RegExp, texts: readonly string[]) => [
  ...new Set(texts.flatMap((one) => [...one.matchAll(expression)].map((match) => match[1] ?? ""))),
];

describe("the example homelab", () => {
  it("has no errors, its settings included", () => {
    expect([...desired.issues, ...issues, ...readRepositorySettings(tree).issues]).toEqual([]);
  });

  it("uses every pattern, and a hand-written Quadlet", () => {
    const used = desired.instances.map((one) => (one.kind === "pattern" ? one.spec.pattern : "none"));
    const shipped = [...SHIPPED.patterns.keys()].map((file) => file.replace(".yaml", ""));
    expect(new Set(used)).toEqual(new Set([...shipped, "none"]));
    expect(used.length).toBeGreaterThanOrEqual(15);
  });

  it("names only secrets that its prepare.sh makes, and all of them", () => {
    const asked = valuesOf(
      /^Secret=([^,\n]+)/gm,
      units.map(({ content }) => content),
    );
    const [, loop = ""] = /^for name in ([^;]*);/m.exec(text("desired-state/prepare.sh")) ?? [];
    const random = loop.split(/[\s\\]+/).filter((word) => word !== "");
    expect([...random, "ddns-token"].toSorted()).toEqual(asked.toSorted());
    expect(asked.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it("defines every middleware that a route names", () => {
    const routes = units.filter(({ name }) => name.startsWith("/home/ada/traefik/dynamic/"));
    const named = valuesOf(
      /"([a-z-]+)@file"/g,
      routes.map(({ content }) => content),
    );
    const { http } = parse(text("files/traefik/middlewares.yml")) as { http: { middlewares: object } };
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !(name in http.middlewares))).toEqual([]);
  });

  it("has a README that lists each file and each instance, and says how to prepare", () => {
    const files = [...EXAMPLE_HOMELAB.keys()].flatMap(
      (path) => /^desired-state\/(.*\.(?:yaml|container))$/.exec(path)?.[1] ?? [],
    );
    const names = [...files, ...desired.instances.map(({ name }) => name)];
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
    expect(commandsOf("Before the first sync").map((block) => block.split("\n").length)).toEqual([2, 1, 1]);
  });
});
