import { expect, test } from "vitest";
import { runAfterUpdate } from "../../../src/apply/index.ts";
import type { SyncEvent } from "../../../src/model/event.ts";
import type { Host } from "../../../src/model/host.ts";

type Answer = Awaited<ReturnType<Host["podman"]["exec"]>>;

const GOOD: Answer = { exitCode: 0, stdout: "", stderr: "", timedOut: false };

/** Runs two commands after an update in a container that answers so to each. */
async function runTwo(answers: readonly Answer[], signal?: AbortSignal, during = () => {}) {
  const calls: unknown[] = [];
  const events: SyncEvent[] = [];
  const exec = async (...call: unknown[]) => {
    calls.push(call);
    during();
    return answers[calls.length - 1] ?? GOOD;
  };
  const podman = { exec } as unknown as Host["podman"];
  const hook = { instance: "web", container: "systemd-web", commands: ["migrate", "test -e /done"] };
  const end = await runAfterUpdate({ podman }, hook, { emit: (event) => void events.push(event), signal });
  return { end, calls, events };
}

test("the commands after an update run in the container one after the other, half an hour each at most", async () => {
  const { end, calls, events } = await runTwo([GOOD, GOOD]);
  expect(end).toEqual({ state: "done" });
  expect(calls).toEqual([
    ["systemd-web", ["sh", "-c", "migrate"], 1_800_000],
    ["systemd-web", ["sh", "-c", "test -e /done"], 1_800_000],
  ]);
  expect(events).toEqual([
    { type: "waiting", message: "web: running hooks.afterUpdate" },
    { type: "waiting", message: "web: running hooks.afterUpdate" },
  ]);
});

test("a command that fails or takes too long is the end, and shows its last lines masked", async () => {
  const failed = await runTwo([{ ...GOOD, exitCode: 3, stderr: "no table\npassword=hunter2\n" }]);
  expect(failed.end).toEqual({ state: "failed", message: "hooks.afterUpdate failed (exit status 3)" });
  expect(failed.calls).toHaveLength(1);
  expect(failed.events.at(-1)).toEqual({
    type: "journal",
    unit: "web.container",
    lines: ["no table", "password=(hidden)"],
  });
  const late = await runTwo([GOOD, { ...GOOD, exitCode: 137, timedOut: true }]);
  expect(late.end).toEqual({ state: "failed", message: "hooks.afterUpdate failed (timed out)" });
});

test("no further command begins once quadgate is asked to end, and that is no failure", async () => {
  const before = await runTwo([], AbortSignal.abort());
  expect(before).toMatchObject({ end: { state: "interrupted" }, calls: [] });
  const stop = new AbortController();
  const between = await runTwo([GOOD], stop.signal, () => stop.abort());
  expect([between.end, between.calls.length]).toEqual([{ state: "interrupted" }, 1]);
});
