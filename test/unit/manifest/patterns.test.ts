import { describe, expect, it } from "vitest";
import { linesOf, namesOf, read, WEB_PATTERN } from "./support.ts";

/** The issues of a pattern that is right but for one replacement. */
function patternIssues(from: string, to: string): string[] {
  expect(WEB_PATTERN).toContain(from);
  return linesOf(read({ "patterns/own.yaml": WEB_PATTERN.replace(from, to) }));
}

describe("a pattern", () => {
  it("is read into its model, named after its file", () => {
    const text = `title: Own
description: |
  Two
  lines.
useCases: [one]
parameters:
  version: { type: string, default: 1.10, example: 2.0, description: Version. }
  count: { type: integer, default: 3, required: true, description: Count. }
defaults:
  image: |
    {% if values.count %}a{% endif %}
  port: 8080
  memory: 512MiB
  volumes: ["data:/data"]
  health: { cmd: "true" }
  middlewares: [a@file]
required: [hostname]
units:
  - { component: db, kind: container, template: quadlets/db, defaults: { image: db, memory: 1G } }
  - { kind: container, template: quadlets/container, when: values.count, after: [db] }
rules:
  - { rule: no-published-ports, reason: Because. }
  - { rule: forbid-network, network: reverse_proxy, reason: Because. }
  - { rule: require-middleware, middleware: authelia@file, reason: Because. }
afterDeployment: [Look.]
`;
    const state = read({ "patterns/own.yaml": text });
    expect(linesOf(state)).toEqual([]);
    expect(state.patterns.get("own")).toEqual({
      name: "own",
      file: "patterns/own.yaml",
      title: "Own",
      description: "Two\nlines.\n",
      useCases: ["one"],
      parameters: {
        version: {
          type: "string",
          default: "1.10",
          example: "2.0",
          required: false,
          description: "Version.",
        },
        count: { type: "integer", default: 3, required: true, description: "Count." },
      },
      defaults: {
        image: "{% if values.count %}a{% endif %}\n",
        port: "8080",
        memory: "512M",
        networks: [],
        volumes: ["data:/data"],
        health: { cmd: "true" },
        access: "none",
        middlewares: ["a@file"],
      },
      required: ["hostname"],
      units: [
        {
          component: "db",
          kind: "container",
          template: "quadlets/db",
          defaults: { image: "db", memory: "1G" },
        },
        {
          component: "",
          kind: "container",
          template: "quadlets/container",
          when: "values.count",
          after: ["db"],
        },
      ],
      rules: [
        { rule: "no-published-ports", reason: "Because." },
        { rule: "forbid-network", network: "reverse_proxy", reason: "Because." },
        { rule: "require-middleware", middleware: "authelia@file", reason: "Because." },
      ],
      storage: [],
      metrics: [],
      requirements: { devices: [], secrets: [], sysctls: [] },
      notFor: [],
      networkNotes: [],
      deploymentOrder: [],
      validation: [],
      beforeDeployment: [],
      afterDeployment: ["Look."],
      commonIssues: [],
      exampleServices: [],
      examples: [],
    });
  });

  it.each([
    [
      "title: Web",
      "titel: Web",
      '1:1: "title" is missing',
      '1:1: unknown key "titel" (did you mean "title"?)',
    ],
    ["title: Web", "name: other\ntitle: Web", '1:7: "name" is "other", but the file is named "own"'],
    [
      "type: size",
      "type: sise",
      '5:18: "parameters.cache.type" must be string, enum, size, duration, path, secret, integer or boolean, not "sise" (did you mean "size"?)',
    ],
    [
      "default: 64MiB",
      "default: much",
      '5:33: "parameters.cache.default" is not a size: "much" (write 512M, 4G or 1.5G)',
    ],
    [
      "default: 1.10",
      "default: 1.1",
      '4:62: "parameters.variant.default" must be plain, 16 or 1.10, not "1.1" (did you mean "1.10"?)',
    ],
    ["default: false", "default: 0", '7:36: "parameters.debug.default" must be true or false, not text'],
    ["type: string", "type: enum", '8:13: "parameters.greeting.values" lists no values'],
    ["memory: 512M", "memory: 512", '9:68: "defaults.memory" must be a size such as 512M or 4G, not 512'],
    [
      "units:",
      "required: [hostnam]\nunits:",
      '10:12: "required[0]" is not a key of manifests: "hostnam" (did you mean "hostname"?)',
    ],
    [
      "units:",
      "rules: [{ rule: forbid-network, reason: x }]\nunits:",
      '10:9: "rules[0]" must name a network because the rule is forbid-network',
    ],
    [
      "quadlets/container }",
      "quadlets/container }\n  - { kind: container, template: x, after: [bd] }",
      '12:45: "units[1].after[0]" is not a component of the pattern: "bd"',
      '12:5: "units[1]" has the same component and kind as an earlier unit',
    ],
  ])("with %s replaced by %s has an issue with its place", (from, to, ...lines) => {
    const found = patternIssues(from, to).map((line) => line.replace("patterns/own.yaml:", ""));
    expect(found.toSorted()).toEqual(lines.toSorted());
  });

  it("of the repository overrides the shipped one of the same name", () => {
    const own = WEB_PATTERN.replace("title: Web", "title: Own");
    const state = read({ "patterns/web.yaml": own, "patterns/README.md": "#" });
    expect([state.patterns.get("web")?.title, state.patterns.get("strict")?.title]).toEqual([
      "Own",
      "Strict",
    ]);
  });

  it("with errors leaves its instances alone, and is not replaced by a shipped one", () => {
    const state = read({
      "patterns/web.yaml": "title: x\n",
      "desired-state/app.yaml": "pattern: web\nport: 0\n",
      "desired-state/raw.container": "[Container]\nImage=x\n",
    });
    expect(linesOf(state)).toEqual([
      'desired-state/app.yaml:1:10: pattern "web" has errors, so this instance stays as it is (see patterns/web.yaml)',
      'desired-state/app.yaml:2:7: "port" must be a whole number from 1 to 65535, not 0',
      'patterns/web.yaml:1:1: "defaults" is missing',
      'patterns/web.yaml:1:1: "description" is missing',
      'patterns/web.yaml:1:1: "units" is missing',
    ]);
    expect([namesOf(state), [...state.invalid], state.patterns.has("web")]).toEqual([
      ["raw"],
      ["app"],
      false,
    ]);
  });

  it("in a .yml file is refused", () => {
    expect(linesOf(read({ "patterns/own.yml": WEB_PATTERN }))).toEqual([
      "patterns/own.yml: quadgate reads .yaml files, not .yml (rename it to patterns/own.yaml)",
    ]);
  });
});

it("templates of the repository override shipped ones of the same name", () => {
  const state = read({ "templates/quadlets/container.liquid": "own", "templates/x.liquid": "new" });
  expect(Object.fromEntries(state.templates)).toEqual({
    "quadlets/container.liquid": "own",
    "x.liquid": "new",
  });
  expect(Object.fromEntries(read({}).templates)).toEqual({ "quadlets/container.liquid": "shipped" });
});
