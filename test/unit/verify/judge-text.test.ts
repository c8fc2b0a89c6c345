import { expect, it } from "vitest";
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
