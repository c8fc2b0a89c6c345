import { describe, expect, test } from "vitest";
import type { Json, ServiceState } from "../../../src/model/live.ts";
import { unitOf } from "../../support/plan-input.ts";
import { driftOf } from "../../support/recorded-drift.ts";
import { recorded, withLive } from "./host.ts";

const SERVICE = "jobs.service";

/** A container that podman has played for the unit; it may end, as far as its YAML goes. */
const played = (state: { readonly [key: string]: Json }, policy = "no"): Json => ({
  Id: policy,
  Name: "jobs-a",
  State: { Status: "running", Running: state.Status === undefined, ...state },
  Config: { Labels: { PODMAN_SYSTEMD_UNIT: SERVICE } },
  HostConfig: { RestartPolicy: { Name: policy } },
});

function stateOf(container: Json, state: Partial<ServiceState> = { activeState: "active" }) {
  const host = withLive(recorded("5.4"), {
    containers: [container],
    services: new Map([[SERVICE, { name: SERVICE, ...state } as ServiceState]]),
  });
  const text = "[Service]\nType=notify\nExecStart=/usr/bin/podman kube play --replace /x.yaml\n";
  const generated = {
    ...host.generated,
    services: new Map([[SERVICE, { service: SERVICE, unit: "jobs.kube", text }]]),
  };
  const { instances } = driftOf({ ...host, generated, units: [unitOf("jobs.kube")] });
  const fields = instances.flatMap(({ units }) => units.flatMap((unit) => unit.fields));
  return fields.find(({ field }) => field === "state");
}

test("a container of YAML may end by itself if its policy allows it, but not by hand", () => {
  const stopped = { Status: "exited", ExitCode: 137, StoppedByUser: true };
  expect(stateOf(played({}))).toMatchObject({ status: "match", live: "running" });
  expect(stateOf(played({ Status: "exited", ExitCode: 0 }))).toMatchObject({ status: "match" });
  expect(stateOf(played({ Status: "exited", ExitCode: 0 }, "always"))).toMatchObject({ status: "drift" });
  for (const policy of ["no", "on-failure"])
    expect(stateOf(played(stopped, policy))).toMatchObject({
      status: "drift",
      live: "exited",
      message: "jobs-a: the service is active, but the container is exited",
    });
});

describe("what a sync only loads", () => {
  const ENDED = { result: "exit-code", execStatus: 2, endedWallMs: Date.parse("2020-01-01T00:00:00Z") };
  const bad = played({ Status: "exited", ExitCode: 1 }, "always");

  test.each([
    [
      { activeState: "inactive", endedWallMs: null },
      "loaded",
      /^a job; started by jobs\.timer; no run is known/,
    ],
    [{ activeState: "failed" }, "loaded", /last run: failed \(exit-code 2\), \d+ d ago$/],
    [{ activeState: "active" }, "running", /^a job; started by jobs\.timer$/],
    [{ activeState: "activating" }, "running", /^a job; started by jobs\.timer$/],
  ])("is a match in each state of a job: %j", (state, live, message) => {
    const field = stateOf(bad, { triggeredBy: ["jobs.timer"], ...ENDED, ...state });
    expect(field).toMatchObject({ status: "match", desired: "loaded", live });
    expect(field?.message).toMatch(message);
  });

  test("is a match while it waits for its socket, a warning once it has failed, and compared if it runs", () => {
    const waiting = { triggeredBy: ["jobs.socket"], ...ENDED };
    expect(stateOf(bad, { ...waiting, activeState: "inactive" })).toMatchObject({
      status: "match",
      live: "loaded",
      message: "jobs.socket starts it when it is needed",
    });
    const failed = stateOf(bad, { ...waiting, activeState: "failed" });
    expect(failed).toMatchObject({ status: "warning", live: "failed", kinds: ["failed"] });
    expect(stateOf(bad, { ...waiting, activeState: "active" })).toMatchObject({ status: "drift" });
  });
});
