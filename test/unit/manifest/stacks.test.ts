import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DesiredState } from "../../../src/model/desired-state.ts";
import type { PatternInstance } from "../../../src/model/instance.ts";
import { linesOf, namesOf, read } from "./support.ts";

const FILE = "desired-state/media.yaml";

function stack(text: string, others: Readonly<Record<string, string>> = {}): DesiredState {
  return read({ [FILE]: text, ...others });
}

/** The problems of the stack, without the file's name. */
function problems(text: string): string[] {
  return linesOf(stack(text)).map((line) => line.replace(`${FILE}:`, ""));
}

function member(state: DesiredState, name: string): PatternInstance {
  const found = state.instances.find((one) => one.name === name);
  if (found?.kind !== "pattern") throw new Error(linesOf(state).join("\n"));
  return found;
}

describe("a stack", () => {
  it("gives an instance for each entry, named after stack and key", () => {
    const state = stack("services:\n  web: { pattern: web }\n  db: { pattern: web, port: 5432 }\n");
    expect(linesOf(state)).toEqual([]);
    expect(namesOf(state)).toEqual(["media-db", "media-web"]);
    expect(member(state, "media-db")).toMatchObject({ stack: "media", spec: { port: 5432 } });
  });

  it("merges what is shared: maps deep, while everything else is taken from the entry", () => {
    const state = stack(`shared:
  pattern: web
  memory: 1G
  environment: { TZ: Europe/Oslo, LEVEL: info }
  health: { cmd: check, interval: 30s }
  networks: [inner, monitoring]
services:
  a: {}
  b:
    memory: 2G
    environment: { LEVEL: debug, MODE: 0755 }
    health: { interval: 5s }
    networks: [outer]
`);
    expect(member(state, "media-a").spec).toMatchObject({
      memory: "1G",
      environment: { TZ: "Europe/Oslo", LEVEL: "info" },
      networks: ["inner", "monitoring"],
    });
    expect(member(state, "media-b").spec).toMatchObject({
      memory: "2G",
      environment: { TZ: "Europe/Oslo", LEVEL: "debug", MODE: "0755" },
      health: { cmd: "check", interval: "5s" },
      networks: ["outer"],
    });
  });

  it("adds to a shared list under key+, and removes a shared key without a value", () => {
    const state = stack(`shared: { pattern: web, networks: [inner], memory: 1G }
services:
  a: { networks+: [outer], memory: }
  b: { devices+: [/dev/null] }
`);
    expect(linesOf(state)).toEqual([]);
    expect(member(state, "media-a").spec.networks).toEqual(["inner", "outer"]);
    expect(member(state, "media-a").spec.memory).toBeUndefined();
    expect(member(state, "media-b").spec.devices).toEqual(["/dev/null"]);
  });

  it("gives shared values to the entries whose pattern has that parameter", () => {
    const state = stack(`shared: { values: { debug: true, database: main } }
services:
  a: { pattern: web }
  b: { pattern: strict, hostname: b.example.org, health: { cmd: check } }
`);
    expect(linesOf(state)).toEqual([]);
    expect(member(state, "media-a").spec.values).toMatchObject({ debug: true });
    expect(member(state, "media-a").spec.values).not.toHaveProperty("database");
    expect(member(state, "media-b").spec.values).toEqual({ database: "main" });
  });

  it("lets dependsOn name siblings by key, which take precedence over other instances", () => {
    const state = stack(
      "shared: { pattern: web }\nservices:\n  web: { dependsOn: [db, other] }\n  db: {}\n",
      { "desired-state/db.yaml": "pattern: web\n", "desired-state/other.yaml": "pattern: web\n" },
    );
    expect(linesOf(state)).toEqual([]);
    expect(member(state, "media-web").spec.dependsOn).toEqual(["media-db", "other"]);
  });

  it("may have a shared dependency on one of its own entries, which does not wait for itself", () => {
    const state = stack(
      "shared: { pattern: web, dependsOn: [db, nothing] }\nservices:\n  web: {}\n  db: {}\n",
    );
    expect(linesOf(state).map((line) => line.replace(/ \(.*/, ""))).toEqual([
      `${FILE}:1:41: there is no instance "nothing" to depend on`,
    ]);
    expect([...state.invalid].sort()).toEqual(["media-db", "media-web"]);
    const good = stack("shared: { pattern: web, dependsOn: [db] }\nservices:\n  web: {}\n  db: {}\n");
    expect(linesOf(good)).toEqual([]);
    expect(member(good, "media-db").spec.dependsOn).toEqual([]);
    expect(member(good, "media-web").spec.dependsOn).toEqual(["media-db"]);
  });

  it("appears in circles and dependencies as the instances that it gives", () => {
    expect(
      problems("shared: { pattern: web }\nservices:\n  a: { dependsOn: [b] }\n  b: { dependsOn: [a] }\n"),
    ).toEqual([
      "3:20: dependencies form a circle: media-a -> media-b -> media-a (remove one of these dependsOn entries)",
    ]);
    const whole = stack("services: { a: { pattern: web } }\n", {
      "desired-state/x.yaml": "pattern: web\ndependsOn: [media]\n",
    });
    expect(linesOf(whole)).toEqual([
      'desired-state/x.yaml:2:13: "media" is a stack, but dependsOn takes instances (its instances: media-a)',
    ]);
  });
});

describe("an error in a stack", () => {
  it("points at the line of the file, and only that entry is left alone", () => {
    const state = stack("shared: { pattern: web }\nservices:\n  a: {}\n  b:\n    memry: 1G\n    port: 0\n");
    expect(linesOf(state)).toEqual([
      `${FILE}:5:5: unknown key "memry" (did you mean "memory"?)`,
      `${FILE}:6:11: "port" must be a whole number from 1 to 65535, not 0`,
    ]);
    expect([...state.invalid]).toEqual(["media-b"]);
    expect(namesOf(state)).toEqual(["media-a"]);
  });

  it("in the shared part is reported once, and all entries that use that are left alone", () => {
    const state = stack(
      "shared: { pattern: web, port: 0 }\nservices:\n  a: {}\n  b: { port: 80 }\n  c: {}\n",
    );
    expect(linesOf(state)).toEqual([`${FILE}:1:31: "port" must be a whole number from 1 to 65535, not 0`]);
    expect([...state.invalid].sort()).toEqual(["media-a", "media-c"]);
  });

  it.each([
    ["services: 5\n", '1:11: "services" must be a map of manifests, not 5'],
    ["services: {}\n", '1:11: "services" is empty'],
    ["services: { a: 5 }\n", '1:16: "services.a" must be a manifest, not 5'],
    ["services: { a: { pattern: web } }\nshared: 5\n", '2:9: "shared" must be a map of keys, not 5'],
    [
      "services: { a: { pattern: web } }\nmemory: 1G\n",
      '2:1: unknown key "memory" beside "services" (move it below `shared`, or into an entry of `services`)',
    ],
    [
      "services: { a: { pattern: web } }\nsharde: {}\n",
      '2:1: unknown key "sharde" beside "services" (did you mean "shared"?)',
    ],
    [
      "shared: { values: { debgu: true } }\nservices: { a: { pattern: web } }\n",
      '1:21: no pattern of this stack has a parameter "debgu" (did you mean "debug"?)',
    ],
    [
      "services: { A_b: { pattern: web } }\n",
      '1:13: "media-A_b" cannot be an instance\'s name (rename the service: use a-z and 0-9, and - only in between; at most 63 characters)',
    ],
    [
      "services: { a: { pattern: web, services: {} } }\n",
      '1:32: unknown key "services" (did you mean "devices"?)',
    ],
  ])("is explained for %j", (text, problem) => {
    expect(problems(text)).toEqual([problem]);
    expect(stack(text).instances).toEqual([]);
  });

  it("may be a name that another file uses", () => {
    const state = stack("services: { web: { pattern: web } }\n", {
      "desired-state/media-web.yaml": "pattern: web\n",
    });
    expect(linesOf(state)).toEqual([
      `${FILE}:1:13: the instance "media-web" is already declared in desired-state/media-web.yaml (rename one of the two)`,
    ]);
  });

  it("protects the instances that the file may ask for from pruning if these are unknown", () => {
    for (const text of ["services: [\n", "servces: { a: { pattern: web } }\n", "services: 5\n", "x: y\n"]) {
      const state = stack(text, { "desired-state/x.yaml": "pattern: web\ndependsOn: [media-a]\n" });
      expect([...state.doubtful]).toEqual(["media"]);
      expect(namesOf(state)).toEqual(["x"]);
    }
    expect([...stack("pattern: nothing\n").doubtful]).toEqual([]);
    expect([...stack("services: { a: { pattern: nothing } }\n").doubtful]).toEqual([]);
  });
});

describe("a stack with arbitrary content", () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const name = fc.string().filter((text) => text !== "__proto__");
  const manifest = fc.dictionary(
    fc.constantFrom("pattern", "memory", "environment", "networks", "networks+", "values", "dependsOn", "x"),
    fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(fc.string(), scalar, { maxKeys: 3 })),
  );
  const document = fc.record(
    { shared: fc.oneof(manifest, scalar), services: fc.oneof(fc.dictionary(name, manifest), scalar) },
    { requiredKeys: ["services"] },
  );

  it("has only entries that are instances or invalid, and a place for every issue", () => {
    fc.assert(
      fc.property(document, (data) => {
        const state = stack(JSON.stringify(data));
        const { services } = data;
        const keys = typeof services === "object" && services !== null ? Object.keys(services) : [];
        const known = new Set([...namesOf(state), ...state.invalid, ...state.doubtful]);
        if (state.doubtful.size === 0) for (const key of keys) expect(known).toContain(`media-${key}`);
        for (const { place } of state.issues) expect(place?.file).toBe(FILE);
        if (state.invalid.size > 0) expect(state.issues).not.toEqual([]);
      }),
    );
  });

  it("gives for each entry the same as the full manifest of that entry", () => {
    const key = fc.constantFrom("A", "B", "C", "D");
    const environment = fc.dictionary(key, fc.stringMatching(/^[a-z ]*$/));
    const part = fc.record(
      {
        memory: fc.constantFrom("1G", "2G"),
        environment,
        networks: fc.uniqueArray(fc.constantFrom("a", "b")),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(part, part, (shared, own) => {
        const written = {
          pattern: "web",
          ...shared,
          ...own,
          environment: { ...shared.environment, ...own.environment },
        };
        const whole = read({ "desired-state/media-a.yaml": JSON.stringify(written) });
        const state = stack(
          JSON.stringify({ shared: { pattern: "web", ...shared }, services: { a: { ...own } } }),
        );
        expect(member(state, "media-a").spec).toEqual(member(whole, "media-a").spec);
      }),
    );
  });
});
