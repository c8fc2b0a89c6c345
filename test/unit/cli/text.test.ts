import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../../../src/cli/terminal.ts";
import { printDrift } from "../../../src/cli/text/drift.ts";
import { duration, wrap } from "../../../src/cli/text/phrases.ts";
import { printPlan } from "../../../src/cli/text/plan.ts";
import { judge } from "../../../src/gate/index.ts";
import type { DriftReport, FieldDrift } from "../../../src/model/drift.ts";
import { reason } from "../../../src/model/reasons.ts";
import { stage } from "../../support/cli.ts";
import { World } from "../../support/fake-host/index.ts";
import { change, gateInput, healthy, plan } from "../../support/gate-input.ts";

function printed(
  print: (terminal: ReturnType<typeof createTerminal>) => void,
  options: { terminal?: boolean; json?: boolean } = {},
): string {
  const { io, output } = stage(new World(), { terminal: options.terminal ?? false });
  print(createTerminal(io, { json: false, quiet: false, verbose: false, colour: true }));
  return output().stdout;
}

const ESC = "\u001b";
/** Clears the screen, sets the title, hides text, moves the cursor, rings, turns the direction; C1 forms too. */
const HOSTILE = `${ESC}[2J${ESC}]0;owned\u0007${ESC}[8mhidden\r\b\u009b2J\u202Eevil${ESC}[31;8m`;

const PLAN = plan([
  change("create", "jellyfin.container", { reasons: [reason("unit-new")] }),
  change("update", "postgres.container", {
    reasons: [
      reason("image-changed", "the image changes from postgres:16 to postgres:17"),
      reason("unit-changed"),
    ],
    diff: [{ path: "Container.Image", from: "postgres:16", to: "postgres:17" }],
  }),
  change("delete", "old.container", { reasons: [reason("unit-removed")] }),
  change("none", "left.container", { reasons: [reason("instance-suspended")] }),
]);

const NEEDED = { dependants: new Map([["postgres.service", new Set(["app.service"])]]) };

const field = (name: string, status: FieldDrift["status"], more: Partial<FieldDrift> = {}): FieldDrift => ({
  field: name,
  status,
  desired: "4G",
  live: "4G",
  ...more,
});

const DRIFT: DriftReport = {
  schemaVersion: 1,
  revision: "0123456789abcdef0123",
  host: "htpc",
  observedAt: "2026-01-01T00:00:00.000Z",
  summary: { instances: 1, match: 0, drift: 1, warning: 0 },
  instances: [
    {
      instance: "jellyfin",
      status: "drift",
      units: [
        {
          unit: "jellyfin.container",
          service: "jellyfin.service",
          container: "jellyfin",
          status: "drift",
          fields: [
            field("image", "match", { desired: "docker.io/jellyfin/jellyfin:10.10.7" }),
            field("memory", "drift", { live: "2G", message: "systemctl set-property" }),
            field("networks", "drift", {
              desired: "reverse_proxy, monitoring",
              live: "reverse_proxy",
              message: "podman network disconnect",
            }),
            field("state", "match", {
              desired: "running",
              live: "inactive",
              message: "differs, but ignoreDrift allows it",
            }),
          ],
          suggestions: ["systemctl --user revert jellyfin.service"],
        },
      ],
    },
  ],
};

describe("the text of a plan", () => {
  const text = printed((terminal) => printPlan(terminal, PLAN, null));

  it("says what is done to each unit, and why, with the codes", () => {
    expect(text).toContain("+ create  jellyfin.container");
    expect(text).toContain("~ update  postgres.container");
    expect(text).toContain("Container.Image: postgres:16 -> postgres:17");
    expect(text).toContain("- delete  old.container");
    expect(text).toContain("leave   left.container");
    expect(text).toContain("[image-changed]");
    expect(text).toContain("1 to create, 1 to update, 1 to delete, 1 unchanged.");
  });

  it("shows reasons below their unit", () => {
    expect(text).toMatch(/^ {6}git no longer has the unit/m);
  });

  it("does not call as git wants what it leaves alone because it failed before", () => {
    const left = plan([change("none", "web.container"), change("none", "db.container")]);
    const leftAlone = new Map([["db", reason("failed-before")]]);
    const text = printed((terminal) => printPlan(terminal, { ...left, leftAlone }, null));
    expect(text).toContain("Nothing to do: 1 unit as git wants it, 1 left alone.");
  });

  it("does not call everything as git wants while a unit waits for a job", () => {
    const waiting = plan([
      change("none", "web.container"),
      change("none", "db.container", { reasons: [reason("job-running")] }),
    ]);
    expect(printed((terminal) => printPlan(terminal, waiting, null))).toContain(
      "Nothing to do until a job has ended; 1 unit not as git wants.",
    );
  });

  it("has whole lines and no colours if a program reads it", () => {
    expect(stripVTControlCharacters(text)).toBe(text);
    expect(text).toContain(
      "git no longer has the unit, and the inventory says that quadgate created it [unit-removed]",
    );
  });

  it("has colours and lines that fit on a terminal, and the same content", () => {
    const coloured = printed((terminal) => printPlan(terminal, PLAN, null), { terminal: true });
    const plain = stripVTControlCharacters(coloured);
    expect(plain).not.toBe(coloured);
    expect(plain.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(plain.replace(/\s+/g, " ")).toBe(text.replace(/\s+/g, " "));
  });
});

describe("the text of a verdict", () => {
  const high = judge(gateInput({ plan: PLAN, health: healthy(80), ...NEEDED }));
  const text = printed((terminal) => printPlan(terminal, PLAN, high));

  it("has the gate's answer, the plan's risk and its terms, each with its code", () => {
    expect(text.slice(text.indexOf("Gate"))).toBe(
      [
        "Gate: held (health score 80, confirm)",
        "  health score 80 is in the confirm band, 70 to 85 [health-in-confirm-band]",
        "  the risk of the plan is high (12) [high-risk]",
        "Risk: high",
        "  the health score is 80 [risk-score +2]",
        "  1 service needs postgres.service, which the plan restarts [risk-needed +1]",
        "  postgres.container: postgres goes from 16 to 17, and others need it [risk-image-major +6]",
        "  1 instance deleted: old [risk-delete +2]",
        "  1 instance deployed for the first time [risk-first-deployment +1]",
        "",
      ].join("\n"),
    );
  });

  it("is indented if lines are broken to fit a terminal", () => {
    const wrapped = stripVTControlCharacters(
      printed((terminal) => printPlan(terminal, PLAN, high), { terminal: true }),
    );
    expect(wrapped).toContain(
      "\n  postgres.container: postgres goes from 16 to 17, and others need it\n  [risk-",
    );
  });
});

describe("the text of an audit", () => {
  it("says what differs, what caused it and what repairs it, in 80 columns", () => {
    const text = stripVTControlCharacters(
      printed((terminal) => printDrift(terminal, DRIFT), { terminal: true }),
    );
    expect(text).toContain("✓ image        docker.io/jellyfin/jellyfin:10.10.7");
    expect(text).toContain("✗ memory       4G declared, 2G live (systemctl set-property)");
    expect(text).toContain(
      `✗ networks     reverse_proxy, monitoring declared, reverse_proxy live (podman\n${" ".repeat(17)}network disconnect)`,
    );
    expect(text).toContain(
      `· state        running declared, inactive live (differs, but ignoreDrift\n${" ".repeat(17)}allows it)`,
    );
    expect(text).toContain("-> systemctl --user revert jellyfin.service");
    expect(text).toContain("1 instance at 0123456789ab: 0 match, 1 drift, 0 warning");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });
});

describe("text from a repository", () => {
  const hostile = plan([change("create", "x.container", { reasons: [reason("unit-new", HOSTILE)] })]);

  it.each([true, false])("cannot control the terminal or hide (colours: %s)", (terminal) => {
    const text = printed((out) => printPlan(out, hostile, null), { terminal });
    // What is left once our own colours are taken out.
    const own = new RegExp(`${ESC}\\[(1|2|22|3[1-6]|39)m`, "g");
    const rest = text.replace(own, "");
    expect(
      [...rest].filter((char) => /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u.test(char) && char !== "\n"),
    ).toEqual([]);
    expect(rest).toContain("hidden");
    expect(rest).toContain("evil");
  });

  it("is escaped in JSON, and keeps its meaning", () => {
    const text = printed((terminal) => terminal.printJson({ message: HOSTILE }));
    expect([...text].filter((char) => /[\p{Cc}\u202A-\u202E]/u.test(char) && char !== "\n")).toEqual([]);
    expect(JSON.parse(text)).toEqual({ message: HOSTILE });
  });
});

describe("a text that is too long for a line", () => {
  it.each([
    ["short", 20, "short"],
    ["  indented", 20, "  indented"],
    ["  one two three", 10, "  one two\n    three"],
    ["  longerthantheline two", 10, "  longerthantheline\n    two"],
  ])("%j in %d columns is %j", (text, width, lines) => {
    expect(wrap(text, width, "    ")).toBe(lines);
  });
});

describe("progress on a terminal", () => {
  const terminalOf = (columns: number | undefined) => {
    const { io } = stage(new World(), { environment: { CI: "" } });
    const stream = { isTTY: true, ...(columns === undefined ? {} : { columns }) };
    const [stdout, stderr] = [Object.assign(io.stdout, stream), Object.assign(io.stderr, stream)];
    return createTerminal(
      { ...io, stdout, stderr },
      { json: false, quiet: false, verbose: false, colour: true },
    );
  };

  it("is shown in place if the terminal's size is known", () => {
    expect(terminalOf(80)).toMatchObject({ animated: true, width: 80 });
  });

  it.each([0, undefined])(
    "is shown in whole lines, one below the other, if the terminal says %j for its columns",
    (columns) => {
      expect(terminalOf(columns)).toMatchObject({ animated: false, width: Number.POSITIVE_INFINITY });
    },
  );
});

describe("a duration in a text", () => {
  it.each([
    [0, "0 ms"],
    [850.4, "850 ms"],
    [1_200, "1.2 s"],
    [999.6, "1.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min"],
    [200_000, "3 min 20 s"],
    [239_700, "4 min"],
    [3_599_700, "1 h"],
    [3_900_000, "1 h 5 min"],
    [90_000_000, "25 h"],
  ])("of %d ms is shown as %s", (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});
