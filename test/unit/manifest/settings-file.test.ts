import { describe, expect, it } from "vitest";
import { readRepositorySettings, readSettingsText } from "../../../src/manifest/index.ts";
import { formatIssue } from "../../../src/model/issue.ts";
import { HOST_ONLY_SETTINGS, mergeSettings } from "../../../src/model/settings-schema.ts";
import { treeOf } from "./support.ts";

const repository = (text: string) => readRepositorySettings(treeOf({ "quadgate.yaml": text }));
const lines = (text: string) => repository(text).issues.map(formatIssue);

describe("the file quadgate.yaml", () => {
  it("gives what it sets and nothing else", () => {
    const { settings, issues } = repository("gate: { block: 60 }\nverify: { timeout: 90s }\n");
    expect([settings, issues]).toEqual([{ gate: { block: 60 }, verify: { timeout: "90s" } }, []]);
  });

  it.each(["", "# nothing yet\n"])("may be empty", (text) => {
    expect(repository(text)).toEqual({ settings: {}, issues: [], warnings: [] });
  });

  it("may be absent", () => {
    expect(readRepositorySettings(treeOf({}))).toEqual({ settings: {}, issues: [], warnings: [] });
  });

  it.each(HOST_ONLY_SETTINGS)("must not set %s", (key) => {
    const [top = "", nested] = key.split(".");
    const value = nested === undefined ? "1" : `{ ${nested}: /srv/x }`;
    const { settings, issues } = repository(`prune: { enabled: false }\n${top}: ${value}\n`);
    const column = nested === undefined ? 1 : top.length + 5;
    expect(settings).toEqual({ prune: { enabled: false } });
    expect(issues.map(formatIssue)).toEqual([
      `quadgate.yaml:2:${column}: only the host itself may set "${key}", not the repository (move it to ~/.config/quadgate/config.yaml, or /etc/quadgate/config.yaml with --system)`,
    ]);
  });

  it.each([
    ["gate: { blok: 60 }", '1:9: unknown key "blok" in "gate" (did you mean "block"?)'],
    ["gaet: {}", '1:1: unknown key "gaet" (did you mean "gate"?)'],
    ["gate: { block: 160 }", '1:16: "gate.block" must be at most 100, not 160'],
    ["gate: { block: 60.5 }", '1:16: "gate.block" must be a whole number, not 60.5'],
    [
      "gate: { onConfirm: hodl }",
      '1:20: "gate.onConfirm" must be hold or proceed, not "hodl" (did you mean "hold"?)',
    ],
    ["verify: { timeout: soon }", '1:20: "verify.timeout": not a duration: "soon" (write 30s, 10m or 2h)'],
    [
      "gate: { windows: { allow: [{ cron: 0 2 * * *, for: 3h, timezone: Mars }] } }",
      '1:66: "gate.windows.allow[0].timezone": not a time zone (write a name such as Europe/Oslo or UTC)',
    ],
    ["verify: { timeout: 5 }", '1:20: "verify.timeout" must be text, not 5'],
    ["gate:", '1:1: "gate" has no value; it must be a map of keys (give it a value or remove the key)'],
    ["- gate", "1:1: the file must be a map of keys, not a list"],
    ["gate: [", "1:8: the indentation is wrong here, or a bracket is not closed"],
  ])("with %s has an issue, and the setting is left out", (text, line) => {
    expect(lines(text)).toEqual([`quadgate.yaml:${line}`]);
    expect(repository(text).settings).toEqual({});
  });

  it("that contradicts the settings of the host has an issue, and sets nothing", () => {
    const tree = treeOf({ "quadgate.yaml": "prune: { enabled: false }\ngate: { block: 90, confirm: 95 }\n" });
    const { settings, issues } = readRepositorySettings(tree, [{ gate: { confirm: 85 } }]);
    expect(settings).toEqual({});
    expect(issues.map(formatIssue)).toEqual([
      `quadgate.yaml:2:1: gate.block must not be above gate.confirm, but with the settings of this host it is (change "gate" here or on the host)`,
    ]);
    expect(readRepositorySettings(tree, [{ gate: { block: 80 } }]).issues).toEqual([]);
  });

  it.each([
    ["{ stable: 5s, probation: 10m }", {}, ['2:20: "verify.stable" is shorter than this host\'s 10 s']],
    [
      "{ probation: 1h }",
      { probation: "2h" },
      ['2:23: "verify.probation" is shorter than this host\'s 7200 s'],
    ],
    ["{ stable: 10s, probation: 11m }", {}, []],
    ["{ stable: 0s, timeout: 1s }", { stable: "0s", timeout: "2s" }, []],
  ])(
    "with verify: %s has a warning for each time that is shorter than the host's",
    (text, verify, expected) => {
      const tree = treeOf({ "quadgate.yaml": `# Shared by all hosts.\nverify:  ${text}\n` });
      const { warnings, issues } = readRepositorySettings(tree, [{ verify }]);
      const hint = "leave it out, make it longer, or make the host's shorter";
      expect(warnings.map(formatIssue)).toEqual(
        expected.map((line) => `quadgate.yaml:${line}, which counts (${hint})`),
      );
      expect(issues).toEqual([]);
    },
  );

  it("loses what is wrong and keeps what is right, so that merging never fails", () => {
    const { settings } = repository("gate: { block: 200 }\nprune: { maxFraction: 0.2 }\nfoo: 1\nhost: x\n");
    expect(settings).toEqual({ prune: { maxFraction: 0.2 } });
    expect(mergeSettings([settings]).prune.maxFraction).toBe(0.2);
  });
});

it.each([
  ["*/5 * * * *", []],
  ["30 */5 * * * *", []],
  ["every five minutes", [expect.stringMatching(/^not a cron expression: "every five minutes"/)]],
  ["60 * * * *", [expect.stringContaining('"60" is not a valid minute')]],
])("the poll setting %s is accepted as a cron expression or refused", (poll, expected) => {
  const { issues } = readSettingsText("config.yaml", `daemon: { poll: "${poll}" }\n`, "host");
  expect(issues.map(({ message }) => message.replace(/^.*?: /, ""))).toEqual(expected);
});

it("a host's own settings file may set what a repository may not", () => {
  const { settings, issues } = readSettingsText("/etc/quadgate/config.yaml", "host: htpc\nfoo: 1\n", "host");
  expect(settings).toEqual({ host: "htpc" });
  expect(issues.map(({ code, place }) => [code, place?.line])).toEqual([["key-unknown", 2]]);
});
