import { describe, expect, test } from "vitest";
import { containerEvents } from "../../../src/host/podman-events.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import type { RunResult } from "../../../src/model/host.ts";

const event = (Status: string, timeNano: number, more: object = {}) =>
  JSON.stringify({ ID: "5992", Name: "web", Status, timeNano, Type: "container", ...more });
const OF_WEB = { Attributes: { PODMAN_SYSTEMD_UNIT: "web.service" } };

function podman(answer: Partial<RunResult>) {
  const calls: (readonly string[])[] = [];
  const run = async (_file: string, args: readonly string[]) => {
    calls.push(args);
    return { exitCode: 0, stdout: "", stderr: "", timedOut: false, ...answer };
  };
  return { calls, ask: (sinceMs: number) => containerEvents({ run }, sinceMs) };
}

describe("podman's events of containers", () => {
  test("name the service, and what the health check said, to the millisecond", async () => {
    const stdout = [
      event("start", 1_700_000_000_400_000_000),
      event("health_status", 1_700_000_000_600_000_000, { ...OF_WEB, health_status: "unhealthy" }),
      event("kill", 1_700_000_000_603_400_000, OF_WEB),
      '{"ID":"5992","Na',
    ].join("\n");
    const { ask, calls } = podman({ stdout });
    expect(await ask(1_700_000_000_500)).toEqual([
      {
        service: "web.service",
        container: "web",
        status: "health_status",
        health: "unhealthy",
        wallMs: 1_700_000_000_600,
      },
      { service: "web.service", container: "web", status: "kill", wallMs: 1_700_000_000_603 },
    ]);
    expect(calls[0]?.join(" ")).toContain("--since 1700000000 --format json --filter type=container");
  });

  test("are in the order of time, whatever podman prints first", async () => {
    const { ask } = podman({
      stdout: [event("died", 2_000_000_000), event("kill", 1_000_000_000)].join("\n"),
    });
    expect((await ask(0))?.map(({ status, service }) => [status, service])).toEqual([
      ["kill", ""],
      ["died", ""],
    ]);
  });

  test("are not known if podman keeps none, does not answer or is missing", async () => {
    expect(await podman({ exitCode: 125 }).ask(0)).toBeUndefined();
    expect(await podman({ exitCode: undefined, timedOut: true }).ask(0)).toBeUndefined();
    const run = async () => {
      throw new QuadgateError("command-missing", "cannot run podman: not found");
    };
    expect(await containerEvents({ run }, 0)).toBeUndefined();
  });
});
