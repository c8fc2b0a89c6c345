import { describe, expect, it } from "vitest";
import { linesOf, read } from "./support.ts";

const PATTERN = `title: Own
description: A pattern.
parameters:
  name: { type: string, match: "[a-z]+", default: app, description: Name. }
  count: { type: integer, min: 1, max: 9, default: 3, description: Count. }
  secret: { type: secret, default: "{{ instance }}-password", description: Password. }
  dir: { type: path, default: "~/data/{{ instance }}", description: Folder. }
  wait: { type: duration, default: 30s, description: Time. }
  loose: { type: boolean, default: false, description: Switch. }
defaults:
  image: docker.io/library/nginx:1.27
  memory: 512M
  networks: [front, "{{ instance }}"]
units:
  - { component: db, kind: container, template: quadlets/container, defaults: { networks: [back] } }
  - { kind: container, template: quadlets/container, after: [db] }
`;

function problems(pattern: string): string[] {
  const lines = linesOf(read({ "patterns/own.yaml": pattern }));
  return lines.map((line) => line.replace(/^patterns\/own.yaml:/, ""));
}

describe("the file of a pattern", () => {
  it("is valid in this test's unchanged form", () => {
    expect(problems(PATTERN)).toEqual([]);
  });

  it.each([
    ["default: app", "default: App", '4:51: "parameters.name.default" does not match [a-z]+: "App"'],
    ['match: "[a-z]+"', 'match: "[a-z"', '4:32: "parameters.name.match" is not a regular expression: "[a-z"'],
    ["default: 3", "default: 12", '5:52: "parameters.count.default" must be at most 9'],
    [
      "type: duration",
      "type: duration, min: 1",
      '8:32: "parameters.wait.min" is only for parameters of type integer',
    ],
    [
      'default: "{{ instance }}-password"',
      "default: hunter2!",
      '6:36: "parameters.secret.default" must be the name of a podman secret (the name, never the secret itself: podman secret ls)',
    ],
    [
      "~/data/{{ instance }}",
      "data",
      '7:31: "parameters.dir.default" is not a folder of the host: "data" (write /path or ~/path)',
    ],
  ])("whose %s is changed to %s has an issue at its place", (from, to, issue) => {
    expect(PATTERN).toContain(from);
    expect(problems(PATTERN.replace(from, to))).toEqual([issue]);
  });

  it.each([
    [
      "storage: [{ component: dbb, source: x, target: /x, purpose: X. }]",
      '"storage[0].component" is not a component of the pattern: "dbb" (did you mean "db"?)',
    ],
    ["metrics: [{ port: 1, interval: soon }]", '"metrics[0].interval" is not a duration such as 15s: "soon"'],
    [
      "rules: [{ rule: no-route, override: lose, reason: X. }]",
      '"rules[0].override" is not a boolean parameter of the pattern: "lose" (did you mean "loose"?)',
    ],
    [
      "rules: [{ rule: only-networks, reason: X. }]",
      '"rules[0]" must name networks because the rule is only-networks',
    ],
    [
      "rules: [{ rule: no-route, network: x, reason: X. }]",
      '"rules[0].network" does not apply to the rule no-route',
    ],
    [
      "networkNotes: [{ network: fronts, why: X. }]",
      '"networkNotes[0].network" is not among the component\'s networks: "fronts" (did you mean "front"?)',
    ],
    [
      'deploymentOrder: [{ component: "", step: A. }, { component: db, step: B. }]',
      '"deploymentOrder[0]" comes before "db" but starts after it',
    ],
    [
      "validation: [{ check: tcp, description: X. }]",
      '"validation[0]" must have port because the check is tcp',
    ],
    [
      "validation: [{ check: manual, run: x, description: X. }]",
      '"validation[0].run" does not apply to the check manual',
    ],
    [
      "exampleServices: [{ name: A, image: a, values: { count: 0 } }]",
      '"exampleServices[0].values.count" must be at least 1',
    ],
    [
      "exampleServices: [{ name: A, image: a, values: { cuont: 1 } }]",
      '"exampleServices[0].values.cuont" is not a parameter of the pattern (did you mean "count"?)',
    ],
    ["requirements: { podman: new }", '"requirements.podman" is not a version such as 5.3: "new"'],
  ])("with %s has an issue", (line, message) => {
    const found = problems(`${PATTERN}${line}\n`);
    expect(found.map((one) => one.replace(/^\d+:\d+: /, ""))).toEqual([message]);
  });
});

describe("the values of an instance", () => {
  const valuesOf = (values: string) => {
    const state = read({
      "patterns/own.yaml": PATTERN,
      "desired-state/app.yaml": `pattern: own\nvalues: ${values}\n`,
    });
    const [instance] = state.instances;
    return instance?.kind === "pattern" ? instance.spec.values : linesOf(state);
  };

  it("contain the instance's name in defaults that use it", () => {
    expect(valuesOf("{}")).toMatchObject({ secret: "app-password", dir: "~/data/app", loose: false });
  });

  it.each([
    ["{ name: UPPER }", '"values.name" does not match [a-z]+: "UPPER"'],
    ["{ count: 10 }", '"values.count" must be at most 9'],
    ["{ dir: ../x }", '"values.dir" is not a folder of the host: "../x" (write /path or ~/path)'],
    ["{ dir: /a:b }", '"values.dir" is not a folder of the host: "/a:b" (write /path or ~/path)'],
    ["{ wait: soon }", '"values.wait" is not a duration: "soon" (write 30s, 5m or 1h30m)'],
  ])("of %s are refused", (values, message) => {
    expect(valuesOf(values)).toEqual([expect.stringContaining(message)]);
  });

  it("are refused if an expression cannot be matched in time, or they are too long to be", () => {
    const trap = PATTERN.replace('match: "[a-z]+"', 'match: "([a-z]+)+"');
    const told = (value: string) =>
      linesOf(
        read({
          "patterns/own.yaml": trap,
          "desired-state/app.yaml": `pattern: own\nvalues: { name: ${value} }\n`,
        }),
      );
    expect(told("a".repeat(60))).toEqual([]);
    const [slow = "", ...more] = told(`${"a".repeat(60)}1`);
    expect(more).toEqual([]);
    expect(slow).toContain(
      'desired-state/app.yaml:2:17: "values.name" cannot be matched against ([a-z]+)+ in time',
    );
    expect(slow).toContain("repetitions within repetitions");
    expect(told("a".repeat(1_001))).toEqual([
      expect.stringContaining('"values.name" is longer than 1000 characters'),
    ]);
  });

  it("are never repeated if a secret may stand in place of its name", () => {
    const found = valuesOf("{ secret: 'hunter 2' }") as string[];
    expect(found).toEqual([expect.stringContaining('"values.secret" must be the name of a podman secret')]);
    expect(found.join()).not.toContain("hunter");
  });
});
