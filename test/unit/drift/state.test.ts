import { expect, test } from "vitest";
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

function stateOf(container: Json) {
  const host = withLive(recorded("5.4"), {
    containers: [container],
    services: new Map([[SERVICE, { name: SERVICE, activeState: "active" } as ServiceState]]),
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
