import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { DeploySteps, STEP_COUNT } from "../../../src/cli/authoring/steps.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";
import type { Step } from "../../../src/model/event.ts";

function follow() {
  const lines: string[] = [];
  let now = 0;
  const terminal = { colours: pc.createColors(false), note: (text: string) => lines.push(text) };
  const silent = { emit: () => undefined, stop: () => undefined };
  const steps = new DeploySteps(terminal as unknown as Terminal, silent, () => now);
  const pass = (step: Step, durationMs = 10) => {
    steps.emit({ type: "step-started", step });
    steps.emit({ type: "step-finished", step, durationMs });
  };
  const wait = (milliseconds: number) => {
    now += milliseconds;
  };
  return { lines, steps, pass, wait };
}

const BEFORE_GATE: readonly Step[] = ["source", "manifest", "render", "route", "check", "observe", "plan"];
const AFTER_GATE: readonly Step[] = ["apply", "verify", "record", "document", "validate"];

describe("the steps of a deployment", () => {
  test("are eleven, each shown once with its time, in their order", () => {
    const { lines, steps, pass } = follow();
    for (const step of [...BEFORE_GATE, "gate" as const, ...AFTER_GATE]) pass(step);
    expect(steps.end().map(({ status }) => status)).toEqual(Array(STEP_COUNT).fill("done"));
    expect(lines.map((line) => Number(/\d+/.exec(line)?.[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(lines[3]).toMatch(/^✓ {2}4 generate Quadlets +10 ms$/);
    expect(lines[5]).toMatch(/^✓ {2}6 check prerequisites +20 ms$/);
  });

  test("wait for the steps before them", () => {
    const { lines, pass } = follow();
    for (const step of BEFORE_GATE) pass(step);
    expect(lines).toHaveLength(2);
    pass("gate");
    expect(lines).toHaveLength(7);
  });

  test("count what the command itself does, and leave to each step what happens within it", async () => {
    const { steps, pass, wait } = follow();
    await steps.during(2, () => wait(100));
    pass("manifest");
    steps.emit({ type: "step-started", step: "verify" });
    pass("observe", 30);
    steps.emit({ type: "step-finished", step: "verify", durationMs: 50 });
    const times = steps.results().map(({ durationMs }) => durationMs);
    expect(times).toEqual([0, 110, 0, 0, 0, 0, 0, 0, 50, 0, 0]);
  });

  test("stop at the first that fails; what comes after it was putting back", () => {
    const { lines, steps, pass } = follow();
    for (const step of [...BEFORE_GATE, "gate" as const]) pass(step);
    steps.emit({ type: "step-started", step: "apply" });
    const outcome = { instance: "a", unit: "a.container", outcome: "failed" as const, durationMs: 1 };
    steps.emit({ type: "unit-finished", outcome });
    steps.emit({ type: "step-finished", step: "apply", durationMs: 10 });
    for (const step of AFTER_GATE) pass(step);
    steps.end();
    expect(steps.failed).toMatchObject({ number: 8, title: "deploy" });
    expect(lines).toHaveLength(STEP_COUNT);
    expect(lines[7]).toMatch(/^✗ {2}8 deploy/);
    expect(lines.slice(8).every((line) => line.endsWith("not reached"))).toBe(true);
  });

  test("report what the gate saw, and fail if it is not open, without undoing earlier steps", () => {
    const { lines, steps, pass } = follow();
    for (const step of BEFORE_GATE) pass(step);
    steps.emit({ type: "step-started", step: "gate" });
    steps.emit({
      type: "judged",
      verdict: { state: "held", score: 80, band: "confirm", reasons: [], risk: { level: "low", terms: [] } },
    });
    steps.emit({ type: "step-finished", step: "gate", durationMs: 10 });
    pass("record");
    const status = steps.end().map((step) => step.status);
    expect(lines[2]).toMatch(/^✗ {2}3 ask for the host's health +10 ms {2}score 80$/);
    expect(status.slice(0, 7)).toEqual(["done", "done", "failed", "done", "done", "done", "done"]);
    expect(status.slice(7)).toEqual(Array(4).fill("not-reached"));
  });

  test("are verified once the checks have run, and say so if some fail", () => {
    const { lines, steps, pass } = follow();
    for (const step of [...BEFORE_GATE, "gate" as const, "apply" as const, "verify" as const]) pass(step);
    expect(lines).toHaveLength(8);
    steps.emit({ type: "step-started", step: "validate" });
    steps.emit({ type: "checked", counts: { passed: 2, failed: 1, "not-checked": 0 } });
    steps.emit({ type: "step-finished", step: "validate", durationMs: 40 });
    expect(lines[8]).toMatch(/^⚠ {2}9 verify +50 ms {2}2 of 3 checks passed, 1 failed$/);
    expect(steps.end()[8]).toMatchObject({ status: "done" });
  });

  test("show which one was under way when an error came", async () => {
    const { steps } = follow();
    await expect(
      steps.during(6, () => {
        throw new Error("no disk");
      }),
    ).rejects.toThrow("no disk");
    steps.fail();
    expect(steps.failed).toMatchObject({ number: 6, status: "failed" });
  });
});
