import { describe, expect, it } from "vitest";
import type { InstanceCheck } from "../../../src/model/check.ts";
import type { InstanceSpec } from "../../../src/model/instance.ts";
import type { Pattern } from "../../../src/model/pattern.ts";
import type { ValidationCheck } from "../../../src/model/pattern-guide.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { CONTEXT, instance, pattern, state, withPattern } from "./builder.ts";

function checksOf(own: Pattern, spec: Partial<InstanceSpec> = {}): readonly InstanceCheck[] {
  const desired = withPattern(state([instance("app", { ...spec, pattern: own.name })]), own);
  const { described, issues } = renderUnits(desired, CONTEXT);
  expect(issues).toEqual([]);
  return described.get("app")?.checks ?? [];
}

const check = (given: Partial<ValidationCheck> & Pick<ValidationCheck, "check">) =>
  ({ description: "It works.", component: "", ...given }) as ValidationCheck;

const withChecks = (...validation: ValidationCheck[]) => pattern({ validation });

const DB = {
  component: "db",
  kind: "container",
  template: "quadlets/container",
  defaults: { image: "docker.io/library/postgres:17", port: "5432" },
} as const;

describe("a pattern's check", () => {
  it("receives the instance's values and the container that it concerns", () => {
    const run = check({ check: "command", run: "ping {{ values.who | shell }}", expect: "PONG" });
    expect(checksOf(withChecks(run), { values: { who: "it's" } })).toEqual([
      {
        check: "command",
        description: "It works.",
        unit: "app.container",
        command: ["sh", "-c", "ping 'it'\\''s'"],
        expect: "PONG",
      },
    ]);
  });

  it("given as words runs without a shell, word for word", () => {
    const run = check({ check: "command", run: ["ping", "{{ values.who }}", "{{ values.none }}"] });
    const [found] = checksOf(withChecks(run), { values: { who: "a b; c", none: "" } });
    expect(found).toMatchObject({ command: ["ping", "a b; c"] });
  });

  it("of a component uses that component's port", () => {
    const own = pattern({
      defaults: { ...pattern().defaults, port: "8080" },
      units: [DB, { component: "", kind: "container", template: "quadlets/container" }],
      validation: [
        check({ check: "tcp", port: "{{ port }}" }),
        check({ check: "tcp", port: "{{ port }}", component: "db" }),
      ],
    });
    expect(checksOf(own)).toMatchObject([
      { unit: "app.container", port: 8080 },
      { unit: "app-db.container", port: 5432 },
    ]);
  });

  it("of a component that is not rendered is left out", () => {
    const own = pattern({
      units: [
        { ...DB, when: "values.db" },
        { component: "", kind: "container", template: "quadlets/container" },
      ],
      validation: [check({ check: "tcp", port: "1", component: "db" })],
    });
    expect(checksOf(own, { values: { db: false } })).toEqual([]);
    expect(checksOf(own, { values: { db: true } })).toHaveLength(1);
  });

  it.each([
    check({ check: "command", run: "{% if values.gpu %}test -r /dev/dri{% endif %}" }),
    check({ check: "command", run: ["{% if values.gpu %}test{% endif %}", "-r", "/dev/dri"] }),
    check({ check: "tcp", port: "{% if values.gpu %}80{% endif %}" }),
    check({ check: "http", port: "80", path: "{% if values.gpu %}/x{% endif %}", status: [200] }),
  ])("is left out if it renders to nothing: $check", (given) => {
    expect(checksOf(withChecks(given), { values: { gpu: false } })).toEqual([]);
    expect(checksOf(withChecks(given), { values: { gpu: true } })).toHaveLength(1);
  });

  it.each([
    [check({ check: "tcp", port: "{{ values.port }}" }), '"http" is not a port'],
    [check({ check: "command", run: "{{ values.nothing }}" }), "undefined variable"],
  ])("with a fault does not prevent the deployment, and reports the fault: $0.check", (given, problem) => {
    expect(checksOf(withChecks(given), { values: { port: "http" } })).toMatchObject([
      { check: given.check, problem: expect.stringContaining(problem) },
    ]);
  });

  it("of the route asks for the routed hostname, if there is one", () => {
    const own = withChecks(check({ check: "route", path: "login", status: [200] }));
    const routed = { ...own, defaults: { ...own.defaults, port: "80", access: "public" as const } };
    expect(checksOf(routed, { hostname: "app.example.org" })).toMatchObject([
      { hostname: "app.example.org", path: "/login" },
    ]);
    expect(checksOf(own)).toMatchObject([{ hostname: null }]);
  });

  it("for people is one more line of the list to do after the deployment", () => {
    const own = pattern({
      afterDeployment: ["Open it."],
      validation: [check({ check: "manual", description: "{{ instance }} plays." })],
    });
    const desired = withPattern(state([instance("app", { pattern: own.name })]), own);
    expect(renderUnits(desired, CONTEXT).described.get("app")).toMatchObject({
      after: ["Open it.", "app plays."],
      checks: [],
    });
  });
});
