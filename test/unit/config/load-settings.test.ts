import { describe, expect, it } from "vitest";
import {
  readEnvironment,
  readSettingsFile,
  resolveSettings,
  unknownVariables,
} from "../../../src/config/load-settings.ts";
import { InputError, QuadgateError } from "../../../src/model/errors.ts";
import { settingsSchema } from "../../../src/model/settings-schema.ts";
import { MemoryFiles } from "../../support/memory-files.ts";

function filesWith(content: string): MemoryFiles {
  const files = new MemoryFiles();
  files.put("/config.yaml", content);
  return files;
}

describe("the settings", () => {
  it("come from the strongest layer that sets them, key by key", () => {
    const repository = { gate: { block: 60, confirm: 90 }, prune: { enabled: false } };
    const file = { branch: "stable", gate: { block: 75 } };
    const environment = readEnvironment({ QUADGATE_GATE_CONFIRM: "80", QUADGATE_BRANCH: "next" });
    const settings = resolveSettings([repository, file, environment, { branch: "flag" }]);
    expect(settings.branch).toBe("flag");
    expect(settings.gate).toMatchObject({
      block: 75,
      confirm: 80,
      onConfirm: "hold",
      onHighRisk: "hold",
      restore: "allow",
    });
    expect(settings.prune).toEqual({ enabled: false, maxFraction: 0.5 });
  });

  it("have defaults for everything, durations in milliseconds", () => {
    expect(resolveSettings([])).toMatchObject({
      branch: "main",
      gate: { block: 70, confirm: 85 },
      health: { provider: "auto", timeout: 60_000, maxAge: 600_000 },
      verify: { timeout: 120_000, stable: 10_000, probation: 600_000 },
    });
  });

  it("are reported if they contradict each other across layers", () => {
    const contradiction = () => resolveSettings([{ gate: { confirm: 60 } }, { gate: { block: 90 } }]);
    expect(contradiction).toThrow(/gate: gate.block must not be above gate.confirm/);
    expect(() => resolveSettings([{ verify: { timeout: "soon" } }])).toThrow(
      /verify.timeout: not a duration: "soon"/,
    );
  });
});

describe("a duration in the settings", () => {
  const gate = (more: object) => () => resolveSettings([{ gate: more }]);

  it("must not be longer than a timer can wait, if something waits for it", () => {
    for (const timeout of ["25d", "99999999999999y"]) {
      expect(() => resolveSettings([{ health: { timeout } }])).toThrow(/too long: "\w+" \(24d at most\)/);
    }
    const { timeout } = resolveSettings([{ health: { timeout: "24d" } }]).health;
    expect(timeout).toBeLessThan(2 ** 31);
  });

  it("must not be longer than an hour, a day or a week if a sync or a text's fate waits for it", () => {
    const verify = (settings: object) => () => resolveSettings([{ verify: settings }]);
    expect(verify({ stable: "24d" })).toThrow('verify.stable: too long: "24d" (1h at most)');
    expect(verify({ timeout: "24d" })).toThrow('verify.timeout: too long: "24d" (24h at most)');
    expect(verify({ probation: "8d" })).toThrow('verify.probation: too long: "8d" (7d at most)');
    expect(verify({ timeout: "24h", stable: "1h", probation: "7d" })().verify).toEqual({
      timeout: 86_400_000,
      stable: 3_600_000,
      probation: 604_800_000,
    });
    expect(gate({ retry: { attempts: 20, wait: "8760h" } })).toThrow(
      'gate.retry.wait: too long: "8760h" (1h at most)',
    );
    expect(gate({ retry: { wait: "1h" } })().gate.retry.wait).toBe(3_600_000);
  });

  it("may be years long if moments are compared, and always gives a valid moment", () => {
    const { approvalFor } = gate({ approvalFor: "3650d" })().gate;
    expect(new Date(Date.now() + approvalFor).toISOString()).toMatch(/^20/);
    expect(gate({ approvalFor: "1000000y" })).toThrow('too long: "1000000y" (3650d at most)');
  });
});

describe("a keystone in the settings", () => {
  const keystone = (name: string) => settingsSchema.safeParse({ health: { keystones: [name] } }).success;

  it.each(["traefik", "db.service", "worker@1", "worker@a.b.service", "pool.mount", "mnt-a\\x2db.mount"])(
    "may be %s",
    (name) => expect(keystone(name)).toBe(true),
  );

  it.each(["", "*b", "d?", "d[b]", "db@", "db@.service", "@1", "a b", "/mnt/pool", "db\n"])(
    "is refused as %j, which is not one unit",
    (name) => expect(keystone(name)).toBe(false),
  );
});

describe("an environment variable", () => {
  it("sets maps, and lists of maps, as JSON", () => {
    const layer = readEnvironment({
      QUADGATE_HEALTH_CHECKS: '{"W002":{"limit":75}}',
      QUADGATE_HEALTH_BACKUPS: '[{"path":"/srv/b","maxAge":"2d"}]',
      QUADGATE_HEALTH_KEYSTONES: "traefik db",
    });
    expect(resolveSettings([layer]).health).toMatchObject({
      checks: { W002: { limit: 75 } },
      backups: [{ path: "/srv/b", maxAge: 2 * 24 * 60 * 60_000 }],
      keystones: ["traefik", "db"],
    });
    expect(() => readEnvironment({ QUADGATE_HEALTH_CHECKS: "W002" })).toThrow(
      /QUADGATE_HEALTH_CHECKS is not JSON/,
    );
    expect(() => readEnvironment({ QUADGATE_GATE_WINDOWS_ALLOW: "nonsense" })).toThrow(
      /QUADGATE_GATE_WINDOWS_ALLOW is not JSON/,
    );
  });

  it("sets any setting by its path in capitals, with its type", () => {
    const layer = readEnvironment({
      QUADGATE_STATE_DIR: "/state",
      QUADGATE_GATE_BLOCK: "65",
      QUADGATE_PRUNE_ENABLED: "false",
      QUADGATE_PRUNE_MAX_FRACTION: "0.25",
      QUADGATE_HEALTH_COMMAND: "homelab-intel --json",
      QUADGATE_VERIFY_TIMEOUT: "30s",
      QUADGATE_BRANCH: "",
      HOME: "/home/me",
    });
    expect(layer).toEqual({
      stateDir: "/state",
      gate: { block: 65 },
      prune: { enabled: false, maxFraction: 0.25 },
      health: { command: ["homelab-intel", "--json"] },
      verify: { timeout: "30s" },
    });
  });

  it.each([
    ["QUADGATE_GATE_BLOCK", "high"],
    ["QUADGATE_PRUNE_ENABLED", "yes"],
  ])("is refused if %s is %s", (name, value) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(QuadgateError);
    expect(() => readEnvironment({ [name]: value })).toThrow(`${name}: "${value}" is no`);
  });
});

describe("an environment variable that no setting has", () => {
  it("is reported, with the one that was probably meant", async () => {
    const said = await unknownVariables({
      QUADGATE_GATE_BLOK: "90",
      QUADGATE_GATE_BLOCK: "90",
      QUADGATE_FROBNICATE: "",
      HOME: "/home/me",
    });
    expect(said).toEqual([
      "no setting has the variable QUADGATE_FROBNICATE, so it has no effect (quadgate's settings are in docs/settings.md)",
      "no setting has the variable QUADGATE_GATE_BLOK, so it has no effect (did you mean QUADGATE_GATE_BLOCK?)",
    ]);
  });

  it("is not reported if quadgate uses it for something else", async () => {
    const names = ["CONFIG", "RUN", "EMPTY", "SEMICOLON", "LAB_FLAVOUR", "REQUIRE_LAB"];
    expect(
      await unknownVariables(Object.fromEntries(names.map((name) => [`QUADGATE_${name}`, "1"]))),
    ).toEqual([]);
  });
});

describe("the settings file", () => {
  it("is optional in its default place, and required if it is named", async () => {
    expect(await readSettingsFile(new MemoryFiles(), "/config.yaml", false)).toEqual({});
    await expect(readSettingsFile(new MemoryFiles(), "/config.yaml", true)).rejects.toThrow(
      "there is no settings file /config.yaml",
    );
  });

  it("may be empty", async () => {
    expect(await readSettingsFile(filesWith("\n"), "/config.yaml", true)).toEqual({});
  });

  it("is refused with every problem and its place", async () => {
    const read = readSettingsFile(filesWith("brunch: main\ngate: { block: 700 }\n"), "/config.yaml", true);
    const error = await read.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(/\/config.yaml:1:1: .*brunch.*branch/);
    expect((error as InputError).message).toMatch(/\/config.yaml:2/);
  });
});
