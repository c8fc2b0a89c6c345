import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import { beforeEach, describe, expect, it } from "vitest";
import { parseMoment } from "../../../src/cli/history/options.ts";
import { chart } from "../../../src/cli/text/chart.ts";
import type { ScorePoint } from "../../../src/inspect/history.ts";
import type { SyncRecord } from "../../../src/model/record.ts";
import { openState } from "../../../src/state/index.ts";
import { run } from "../../support/cli.ts";
import { connect, World } from "../../support/fake-host/index.ts";
import { syncRecord } from "../../support/records.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

describe("a moment on the command line", () => {
  it.each([
    ["90m", "2026-11-23T10:30:00.000Z"],
    ["7d", "2026-11-16T12:00:00.000Z"],
    ["2026-11-01", "2026-11-01T00:00:00.000Z"],
    ["2026-11-01T06:00", "2026-11-01T06:00:00.000Z"],
    ["2026-11-01 06:00:05Z", "2026-11-01T06:00:05.000Z"],
    ["2026-11-01T06:00+02:00", "2026-11-01T04:00:00.000Z"],
  ])("may be written %s", (text, iso) => {
    expect(parseMoment(text, NOW)).toBe(iso);
  });

  it.each(["yesterday", "", "2026-13-01", "-3d", "1000000y"])("may not be %o", (text) => {
    expect(() => parseMoment(text, NOW)).toThrow("is not a time");
  });
});

const point = (score: number, result: ScorePoint["result"] = "applied"): ScorePoint => ({
  at: "2026-01-01T12:00:00.000Z",
  score,
  band: score > 85 ? "proceed" : score >= 70 ? "confirm" : "block",
  result,
});

describe("the chart of the history", () => {
  const lines = (points: readonly ScorePoint[], capacity = 63, colours = pc.createColors(false)) =>
    chart(colours, points, { block: 70, confirm: 85 }, capacity);

  it("shows each score as a bar, the gate's limits, and what was not applied", () => {
    expect(
      lines([point(100), point(92), point(75, "held"), point(5, "blocked"), point(86, "failed")]),
    ).toEqual([
      " 100 │██ ▂▂",
      "     │██·██·······▅▅· confirm 85",
      "  80 │██ ██ ▄▄    ██",
      "     │██·██·██····██· block 70",
      "  60 │██ ██ ██    ██",
      "     │██ ██ ██    ██",
      "  40 │██ ██ ██    ██",
      "     │██ ██ ██    ██",
      "  20 │██ ██ ██    ██",
      "     │██ ██ ██ ▄▄ ██",
      "   0 └───────────────",
      "            h  b  ✗",
      "      ✗ failed or put back, h held, b blocked",
    ]);
  });

  it("grows with the score, and still shows a score of 0", () => {
    const filled = (score: number) =>
      lines([point(score)])
        .join("")
        .replace(/[^▁-█]/g, "");
    const weight = (score: number) =>
      [...filled(score)].reduce((sum, char) => sum + (char.codePointAt(0) ?? 0) - 0x2580, 0);
    expect(filled(0)).toBe("▁▁");
    for (let score = 1; score <= 100; score += 1)
      expect(weight(score), String(score)).toBeGreaterThanOrEqual(weight(score - 1));
    expect(weight(100)).toBe(10 * 2 * 8);
  });

  it("fits many scores into the width, one column each", () => {
    const wide = lines(Array.from({ length: 63 }, (_, index) => point(index)));
    expect(Math.max(...wide.map((line) => line.length))).toBe(80);
  });

  it("paints bars by their band if there are colours", () => {
    const painted = lines([point(95), point(75), point(20)], 63, pc.createColors(true)).join("\n");
    for (const code of ["32", "33", "31"]) expect(painted).toContain(`\u001b[${code}m`);
    const plain = stripVTControlCharacters(painted).replaceAll(/ +$/gm, "");
    expect(plain).toBe(lines([point(95), point(75), point(20)]).join("\n"));
  });
});

describe("the history", () => {
  let world: World;
  const ask = (...words: readonly string[]) => run(world, {}, ...words);
  const asked = async (...words: readonly string[]) =>
    JSON.parse((await ask(...words, "--output", "json")).stdout) as {
      readonly records: readonly SyncRecord[];
      readonly matching: number;
    };
  const minutesOf = async (...words: readonly string[]) =>
    (await asked("history", ...words)).records.map(({ id }) => id.slice(5));

  beforeEach(async () => {
    world = new World();
    const state = openState(connect(world, undefined).host);
    const held = { result: "held", score: 80, band: "confirm", outcomes: [], instances: ["db"] } as const;
    const message = "web.service failed: exit status 1\nmore";
    const outcome = {
      instance: "web",
      unit: "web.container",
      outcome: "failed",
      durationMs: 5,
      message,
    } as const;
    await state.appendRecord(syncRecord(0));
    await state.appendRecord(syncRecord(10, held));
    await state.appendRecord(syncRecord(20, { result: "rolled-back", outcomes: [outcome] }));
    await state.appendRecord(
      syncRecord(30, { result: "failed", score: 20, band: "block", forced: "because" }),
    );
  });

  it("is filtered by instance, result and time, newest first", async () => {
    expect(await minutesOf()).toEqual(["30", "20", "10", "0"]);
    expect(await minutesOf("db")).toEqual(["10"]);
    expect(await minutesOf("--failed")).toEqual(["30", "20"]);
    expect(await minutesOf("--result", "held", "--result", "applied")).toEqual(["10", "0"]);
    expect(await minutesOf("--since", "2026-01-01T12:15Z", "--until", "2026-01-01T12:25Z")).toEqual(["20"]);
    expect(await asked("history", "--failed", "--limit", "1")).toMatchObject({
      matching: 2,
      records: [{ id: "sync-30" }],
    });
  });

  it("says that more was left out, and with --verbose what failed", async () => {
    const short = await ask("history", "--limit", "1");
    expect(short.stderr).toContain("3 earlier syncs left out");
    expect(short.stdout).not.toContain("exit status 1");
    const { stdout } = await ask("history", "--verbose");
    expect(stdout).toContain("  failed web.container: web.service failed: exit status 1\n");
    expect(stdout).toContain("  instances: db\n");
    expect((await ask("history", "nobody")).stdout).toBe("No sync matches.\n");
  });

  it("says which syncs were asked to end", async () => {
    const state = openState(connect(world, undefined).host);
    await state.appendRecord(syncRecord(40, { result: "failed", interrupted: true }));
    expect((await ask("history", "--limit", "1")).stdout).toMatch(/ failed .* poll +ended early$/m);
  });

  it("refuses results and times that do not exist", async () => {
    expect(await ask("history", "--result", "fine")).toMatchObject({ exitCode: 1, stdout: "" });
    const { exitCode, stderr } = await ask("history", "--since", "yesterday");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/"yesterday" is not a time\n.*7d/);
  });

  it("relates results to the score, and admits when the data is too little to conclude anything", async () => {
    const { stdout } = await ask("history", "--correlate");
    expect(stdout).toMatch(/^proceed +2 +0 +1 +50 % \(9-91\) +30\.0 s +0 +0$/m);
    expect(stdout).toMatch(/^confirm +0 +0 +0 +- +- +1 +0$/m);
    expect(stdout.replaceAll("\n", " ")).toMatch(
      /Too few to conclude anything: .*proceed 2, confirm 0, block 1/,
    );
    expect(stdout.split("\n")[0]?.length).toBeLessThanOrEqual(80);
    expect(JSON.parse((await ask("history", "--correlate", "--output", "json")).stdout)).toMatchObject({
      schemaVersion: 1,
      bands: [{ band: "proceed", applied: 2 }, { band: "confirm" }, { band: "block", failed: 1 }],
      conclusion: { kind: "too-few", needed: 20 },
    });
  });

  it("shows the scores as a chart of 80 columns without colours if it is piped", async () => {
    const { exitCode, stdout } = await ask("health", "--history");
    expect(exitCode).toBe(0);
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "4 syncs that had something to apply, 2026-01-01 12:00:30Z to 2026-01-01 12:30:30Z: lowest 20, median 80, last 20.",
    );
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    const later = await ask("health", "--history", "--since", "2026-01-02");
    expect(later.stdout).toBe("No sync in that time was judged by a score.\n");
    expect(JSON.parse((await ask("health", "--history", "--output", "json")).stdout)).toMatchObject({
      schemaVersion: 1,
      limits: { block: 70, confirm: 85 },
      points: [{ score: 91, result: "applied" }, { score: 80 }, {}, { score: 20, band: "block" }],
    });
  });
});
