import { describe, expect, test } from "vitest";
import type { InstanceSpec } from "../../../src/model/instance.ts";
import type { Pattern } from "../../../src/model/pattern.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { plainSecret } from "../../../src/render/plain-secrets.ts";
import { CONTEXT, instance, state } from "./builder.ts";

type Spec = Partial<InstanceSpec>;

const shipped = state([]).patterns;

/** What an instance of a shipped pattern is refused for; `change` alters the pattern first. */
function refusals(pattern: string, spec: Spec, change?: (pattern: Pattern) => Pattern) {
  const original = shipped.get(pattern);
  if (original === undefined) throw new Error(`no pattern ${pattern}`);
  const values = { ...original.examples[0]?.instance.spec.values, ...spec.values };
  const one = instance("x", { ...original.examples[0]?.instance.spec, pattern, ...spec, values });
  const patterns = new Map([...shipped, [pattern, change?.(original) ?? original]]);
  return renderUnits(state([one], { patterns }), CONTEXT).issues.map(({ message, hint }) => ({
    message,
    hint,
  }));
}

describe("the pattern database-service", () => {
  test.each<[string, Spec, string]>([
    ["the reverse proxy's network", { networks: ["x", "reverse_proxy"] }, "forbid-network"],
    ["that network as its application's", { values: { app: "reverse_proxy" } }, "forbid-network"],
    ["a host name", { hostname: "db.example.org", port: 5432 }, "no-route"],
    ["Traefik's labels", { labels: { "traefik.enable": "true" } }, "no-route"],
    ["a password", { environment: { POSTGRES_PASSWORD: "hunter2" } }, "no-plain-secrets"],
    [
      "a password written verbatim",
      { quadlet: { Container: { Environment: 'A=1 "MARIADB_ROOT_PASSWORD=hunter2"' } } },
      "no-plain-secrets",
    ],
    [
      "a password by flag",
      { quadlet: { Container: { PodmanArgs: "--env=PGPASSWORD=hunter2" } } },
      "no-plain-secrets",
    ],
    ["no password at all", { environment: { MYSQL_ALLOW_EMPTY_PASSWORD: "yes" } }, "no-plain-secrets"],
    ["a published port", { publish: ["5432:5432"] }, "no-published-ports"],
  ])("refuses %s by a rule that it names", (_what, spec, rule) => {
    const found = refusals("database-service", spec);
    expect(found.map(({ hint }) => hint)).toEqual([expect.stringContaining(`rule ${rule}`)]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  test("says how to publish its port all the same, and accepts that", () => {
    const [found] = refusals("database-service", { publish: ["5432:5432"] });
    expect(found?.hint).toContain("values: { allowPublish: true }");
    expect(refusals("database-service", { publish: ["5432:5432"], values: { allowPublish: true } })).toEqual(
      [],
    );
  });

  test("accepts a password's file and other variables", () => {
    const environment = { POSTGRES_INITDB_ARGS: "--data-checksums", PGPASSFILE: "/run/secrets/pgpass" };
    expect(refusals("database-service", { environment })).toEqual([]);
  });
});

describe("the pattern web-app-with-database", () => {
  const withNetwork = (network: string) => (pattern: Pattern) => ({
    ...pattern,
    units: pattern.units.map((unit) =>
      unit.component === "db" ? { ...unit, defaults: { ...unit.defaults, networks: [network] } } : unit,
    ),
  });

  test("keeps the database off every network but its application's, whoever changes the pattern", () => {
    const found = refusals("web-app-with-database", {}, withNetwork("reverse_proxy"));
    expect(found.map(({ hint }) => hint)).toEqual(["rule only-networks", "rule forbid-network"]);
    expect(refusals("web-app-with-database", {}, withNetwork("host")).length).toBe(2);
    expect(refusals("web-app-with-database", {}, withNetwork("x"))).toEqual([]);
  });

  test("lets the application itself join the reverse proxy's network", () => {
    expect(refusals("web-app-with-database", {})).toEqual([]);
  });

  test("accepts plain passwords only if the manifest says so", () => {
    const environment = { DATABASE_URL: "postgres://app:hunter2@x-db/app" };
    expect(refusals("web-app-with-database", { environment })[0]?.message).toMatch(
      /DATABASE_URL in plain text/,
    );
    expect(refusals("web-app-with-database", { environment, values: { plainSecrets: true } })).toEqual([]);
  });
});

describe("the pattern authentication-stack", () => {
  test.each<[string, Spec]>([
    ["its own middleware", { route: { middlewares: ["authelia"] } }],
    ["an access that has it", { route: { access: "authenticated" } }],
    ["admin access, which has it too", { route: { access: "admin" } }],
  ])("refuses %s", (_what, spec) => {
    expect(refusals("authentication-stack", spec).map(({ hint }) => hint)).toEqual([
      "rule forbid-middleware",
    ]);
  });
});

describe("the pattern monitoring-exporter", () => {
  test.each<[string, Spec, string]>([
    ["another network", { networks: ["monitoring", "cloud"] }, "only-networks"],
    ["the host's network", { networks: ["host"] }, "only-networks"],
    ["a network by flag", { quadlet: { Container: { PodmanArgs: "--network cloud" } } }, "only-networks"],
    ["a host name", { hostname: "x.example.org" }, "no-route"],
  ])("refuses %s", (_what, spec, rule) => {
    expect(refusals("monitoring-exporter", spec).some(({ hint }) => hint?.startsWith(`rule ${rule}`))).toBe(
      true,
    );
  });
});

describe("a secret in plain text", () => {
  const line = (value: string) => ({ section: "Container", key: "Environment", value });

  test.each([
    "DB_PASSWORD=x1",
    "MYSQL_PWD=x1",
    "APP_PASS=x1",
    "AUTH_TOKEN=x1",
    "SECRET_KEY=x1",
    "AWS_SECRET_ACCESS_KEY=x1",
    "smtp.password=x1",
    "OPENAI_API_KEY=x1",
    "URL=redis://:x1@cache:6379",
    '"A=1" "DB_PASSWORD=with blank"',
  ])("is recognised in %s", (text) => {
    expect(plainSecret(line(text))).toBeDefined();
  });

  test.each([
    "DB_PASSWORD_FILE=/run/secrets/x",
    "DB_PASSWORD=/run/secrets/x",
    "REQUIRE_PASSWORD=true",
    "DB_PASSWORD=",
    "TOKEN_LIFETIME=3600",
    "PASSWORD_MIN_LENGTH=12",
    "PATH=/bin",
    "URL=redis://cache:6379",
    "URL=https://user@example.org/a:b",
    "COMPASS=north",
  ])("is not seen in %s", (text) => {
    expect(plainSecret(line(text))).toBeUndefined();
  });
});
