import { describe, expect, it } from "vitest";
import { linesOf, namesOf, read, WEB_PATTERN } from "./support.ts";

const BASE = `title: Base
description: A base.
useCases: [being a base]
choose: { group: web, question: Is it a base? }
parameters:
  size: { type: size, default: 1G, description: Size. }
  mode: { type: enum, values: [a, b], default: a, description: Mode. }
defaults:
  image: docker.io/library/nginx:1.27
  memory: 512M
  networks: [front]
rules:
  - { rule: no-route, reason: Because. }
units:
  - { kind: container, template: quadlets/container }
examples:
  - { name: one, manifest: {} }
`;

const extended = (text: string) =>
  read({ "patterns/base.yaml": BASE, "patterns/own.yaml": `extends: base\n${text}` });
const own = (text: string) => {
  const state = extended(text);
  expect(linesOf(state)).toEqual([]);
  const pattern = state.patterns.get("own");
  if (pattern === undefined) throw new Error("no pattern");
  return pattern;
};

describe("a pattern that extends another", () => {
  it("has what the other has, except what belongs to the other alone", () => {
    const { title, defaults, useCases, choose, examples, name, file } = own("description: Mine.\n");
    expect({ title, useCases, choose, examples, name, file }).toEqual({
      title: "Base",
      useCases: [],
      choose: undefined,
      examples: [],
      name: "own",
      file: "patterns/own.yaml",
    });
    expect(defaults).toMatchObject({ memory: "512M", networks: ["front"] });
  });

  it("merges maps key by key and replaces lists", () => {
    const { defaults, parameters } = own(`defaults: { memory: 1G, networks: [back] }
parameters:
  mode: { default: b }
`);
    expect(defaults).toMatchObject({
      memory: "1G",
      networks: ["back"],
      image: "docker.io/library/nginx:1.27",
    });
    expect(parameters.mode).toMatchObject({ default: "b", values: ["a", "b"] });
  });

  it("adds to a list under key+, and removes a key without a value", () => {
    const { defaults, parameters } = own("defaults: { networks+: [back] }\nparameters: { size: }\n");
    expect(defaults.networks).toEqual(["front", "back"]);
    expect(Object.keys(parameters)).toEqual(["mode"]);
  });

  it("cannot lose a rule", () => {
    const { rules } = own("rules:\n  - { rule: no-published-ports, reason: Also. }\n");
    expect(rules.map(({ rule }) => rule)).toEqual(["no-route", "no-published-ports"]);
  });

  it("has its errors where they are written, even in the other file", () => {
    const lines = linesOf(extended("rules+:\n  - { rule: no-rout, reason: x }\ndefaults: { memory: big }\n"));
    expect(lines).toEqual([
      expect.stringMatching(/^patterns\/own.yaml:3:13: "rules\[1\].rule" must be/),
      expect.stringMatching(/^patterns\/own.yaml:4:21: "defaults.memory" is not a size/),
    ]);
  });

  it("fails with the other, and leaves its instances alone", () => {
    const state = read({
      "patterns/base.yaml": BASE.replace("512M", "much"),
      "patterns/own.yaml": "extends: base\n",
      "desired-state/app.yaml": "pattern: own\n",
    });
    expect(linesOf(state)).toEqual([
      'desired-state/app.yaml:1:10: pattern "own" has errors, so this instance stays as it is (see patterns/own.yaml)',
      'patterns/base.yaml:10:11: "defaults.memory" is not a size: "much" (write 512M, 4G or 1.5G)',
      'patterns/own.yaml:1:10: it extends pattern "base", which has errors',
    ]);
    expect([namesOf(state), [...state.invalid]]).toEqual([[], ["app"]]);
  });

  it("may be a repository's version of the shipped pattern of the same name", () => {
    const state = read({ "patterns/web.yaml": "extends: web\ntitle: My web\n" });
    expect(linesOf(state)).toEqual([]);
    const shipped = read({}).patterns.get("web");
    expect(state.patterns.get("web")).toEqual({ ...shipped, title: "My web" });
  });

  it.each([
    [{ "patterns/a.yaml": "extends: nothing\n" }, /there is no pattern "nothing"/],
    [{ "patterns/a.yaml": "extends: a\n" }, /there is no pattern "a"|forms a circle/],
    [
      { "patterns/a.yaml": "extends: b\n", "patterns/b.yaml": "extends: a\n" },
      /forms a circle: .*a -> b -> a|has errors/,
    ],
  ])("says so if the other does not exist or leads back to it", (files, message) => {
    const state = read(files as unknown as Record<string, string>);
    expect(linesOf(state).join("\n")).toMatch(message);
    expect(state.patterns.has("a")).toBe(false);
  });
});

describe("an example of a pattern", () => {
  const withExample = (example: string) =>
    read({
      "patterns/own.yaml": `${WEB_PATTERN}examples:\n${example}`,
      "desired-state/app.yaml": "pattern: own\n",
    });

  it("is an instance with the example's values", () => {
    const state = withExample("  - { name: one, manifest: { memory: 1G, values: { workers: 2 } } }\n");
    expect(linesOf(state)).toEqual([]);
    const [example] = state.patterns.get("own")?.examples ?? [];
    expect(example?.manifest).toEqual({ pattern: "own", memory: "1G", values: { workers: 2 } });
    expect(example?.instance.spec.values).toMatchObject({ workers: 2, debug: false });
  });

  it("is reported at its place if it is wrong, without affecting instances of the pattern", () => {
    const state = withExample(`  - name: one
    manifest: { values: { workrs: 2 } }
    companions:
      - { name: two, manifest: { pattern: strict } }
`);
    expect(linesOf(state)).toEqual([
      expect.stringMatching(/^patterns\/own.yaml:14:27: pattern "own" has no parameter "workrs"/),
      expect.stringMatching(/^patterns\/own.yaml:16:32: "values.database" is missing/),
      expect.stringMatching(/"hostname" is missing|"health.cmd" is missing/),
      expect.stringMatching(/is missing/),
    ]);
    expect(namesOf(state)).toEqual(["app"]);
  });

  it("is checked as strictly as a manifest", () => {
    const state = withExample("  - { name: one, manifest: { memry: 1G } }\n");
    expect(linesOf(state)[1]).toBe(
      'patterns/own.yaml:13:30: unknown key "memry" in "examples[0].manifest" (did you mean "memory"?)',
    );
  });
});
