import { describe, expect, it } from "vitest";
import type { Happening } from "../../../src/model/evidence.ts";
import type { ServiceState } from "../../../src/model/live.ts";
import type { TextInForce } from "../../../src/model/text-in-force.ts";
import { judgeText } from "../../../src/verify/judge-text.ts";
import type { Evidence, JudgedService } from "../../../src/verify/judged.ts";

const NOTHING = new Set<string>();
const judged = (service: string, more: Partial<JudgedService> = {}): JudgedService => ({
  ...{ service, kind: "process", role: "runs", isPod: false, mayEnd: false, actsOnHealth: false },
  ...{ sakes: NOTHING, needs: NOTHING, isChecked: false },
  ...more,
});
const state = (name: string, activeState: string) =>
  ({ name, activeState, subState: "", invocationId: "i", activeSinceMs: 1_000 }) as ServiceState;

const TEXT: TextInForce = {
  state: "fresh",
  ...{ since: "2026-01-01T00:00:00.000Z", digest: "d", attempt: "a", revision: null },
  ...{
    images: {},
    from: { boot: "b", ms: 1_000 },
    runs: { "member.service": { invocation: "i", goodMs: 1_000 } },
  },
  rules: { timeoutMs: 30_000, stableMs: 10_000, probationMs: 60_000, ends: false },
};

it.each([
  ["active", "waits"],
  ["deactivating", "waits"],
  ["inactive", "stopped"],
])("a pod that is %s makes a member, which is up, one that %s", (pod, kind) => {
  const states = [state("member.service", "active"), state("app-pod.service", pod)];
  const evidence: Evidence = {
    ...{ boot: "b", nowMs: 5_000, wallMs: 5_000, traces: undefined },
    services: new Map(states.map((one) => [one.name, one])),
    containersOf: () => [],
  };
  const needs = [judged("app-pod.service", { isPod: true })];
  const services = [judged("member.service", { needs: new Set(["app-pod.service"]) })];
  const text = { instance: "member", text: TEXT, services, needs, restarted: [], isPaused: false };
  expect(judgeText(text, evidence).verdict).toMatchObject({ kind });
});

/** A service that was stopped at 3 s. Nothing refers to its unit, so that systemd has forgotten its times. */
const STOPPED = {
  ...state("app.service", "inactive"),
  invocationId: "",
  activeSinceMs: null,
} as ServiceState;
const noted = (kind: Happening["kind"], ms: number): Happening => ({
  ...{ service: "app.service", kind, at: { boot: "b", ms }, wallMs: ms, invocation: "i" },
  ...(kind === "stopping" || kind === "stopped" ? { job: "stop" } : {}),
});
const STOP = [noted("stopping", 3_000), noted("stopped", 3_100)];

function seenAt(nowMs: number, app: ServiceState, history: readonly Happening[]): Evidence {
  const services = [app, state("db.service", "active")];
  return {
    ...{ boot: "b", nowMs, wallMs: nowMs, traces: { history, events: [] } },
    services: new Map(services.map((one) => [one.name, one])),
    containersOf: () => [],
  };
}

describe("a service that a person stopped", () => {
  const services = [judged("app.service"), judged("db.service")];
  const runs = { "app.service": { invocation: "i", goodMs: 1_000 }, "db.service": { invocation: "i" } };
  const look = (text: TextInForce, evidence: Evidence) =>
    judgeText({ instance: "app", text, services, needs: [], restarted: [], isPaused: false }, evidence);
  const first = look({ ...TEXT, runs }, seenAt(4_000, STOPPED, STOP));

  it.each([
    ["inactive", STOPPED],
    ["failed", { ...STOPPED, activeState: "failed", result: "exit-code" } as ServiceState],
  ])("stays stopped for all looks that follow if it is %s", (_, app) => {
    expect(first.verdict).toEqual({ kind: "stopped", service: "app.service", by: undefined });
    const second = look(first.text, seenAt(5_000, app, STOP));
    expect(second.verdict).toEqual(first.verdict);
    expect(look(second.text, seenAt(90_000, app, [])).verdict).toEqual(first.verdict);
  });

  it("counts from its next start", () => {
    const started = { ...state("app.service", "active"), invocationId: "j", activeSinceMs: 6_000 };
    const after = look(first.text, seenAt(7_000, started, STOP));
    expect(after.verdict).toMatchObject({ kind: "waits", isUp: true, untilMs: 16_000 });
    expect(after.text.runs["app.service"]).toEqual({ invocation: "j", goodMs: 6_000 });
  });

  it("has ended if it ends by itself after its next start", () => {
    const history = [...STOP, noted("starting", 6_000), noted("started", 6_100), noted("failed", 7_000)];
    const failed = { ...STOPPED, activeState: "failed", result: "exit-code" } as ServiceState;
    expect(look(first.text, seenAt(8_000, failed, history)).verdict).toMatchObject({ kind: "ended" });
  });
});
