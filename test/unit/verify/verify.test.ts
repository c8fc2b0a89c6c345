import { beforeEach, expect, it } from "vitest";
import type { Host } from "../../../src/model/host.ts";
import { waitUntilReady } from "../../../src/verify/index.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { connect, World } from "../../support/fake-host/index.ts";

const WEB = { unit: "web.container", service: "web.service" };
const NETWORK = { unit: "web.network", service: "web-network.service" };

describeFakeHost("the verification of services", () => {
  let world: World;
  let host: Host;

  beforeEach(async () => {
    world = new World();
    host = connect(world, undefined).host;
    world.files.put(
      `${world.facts.unitDir}/web.container`,
      "[Container]\nImage=web:1\nNetwork=web.network\nHealthCmd=check\nHealthInterval=1h\n",
    );
    world.files.put(`${world.facts.unitDir}/web.network`, "[Network]\n");
    await host.systemd.daemonReload();
  });

  const verify = (more: { stableMs?: number; signal?: AbortSignal } = {}) =>
    waitUntilReady(host, [WEB, NETWORK], { timeoutMs: 20_000, stableMs: 0, emit: () => undefined, ...more });

  it("runs the health check itself, and does not wait for podman's timer", async () => {
    world.contents.behaviours.set("web.service", { kind: "healthy", afterMs: 5_000 });
    await host.systemd.restart("web.service", 60_000);
    const began = world.clock.ms;
    expect(await verify()).toEqual(new Map());
    expect(world.clock.ms - began).toBeLessThan(8_000);
  });

  it("ends at once for a service that has failed", async () => {
    world.contents.behaviours.set("web.service", { kind: "exits" });
    await host.systemd.restart("web.service", 60_000).catch(() => undefined);
    const began = world.clock.ms;
    expect(await verify()).toEqual(new Map([["web.container", "the service has failed (exit-code)"]]));
    expect(world.clock.ms).toBe(began);
  });

  it("says what it saw last when the time is over", async () => {
    world.contents.behaviours.set("web.service", { kind: "unhealthy" });
    await host.systemd.restart("web.service", 60_000);
    const began = world.clock.ms;
    expect(await verify()).toEqual(
      new Map([["web.container", "the container is unhealthy when the time ran out"]]),
    );
    expect(world.clock.ms - began).toBeGreaterThanOrEqual(20_000);
  });

  it.each([-3_600_000, 3_600_000])(
    "waits the same time if the clock is shifted by %i ms meanwhile",
    async (ms) => {
      world.contents.behaviours.set("web.service", { kind: "unhealthy" });
      await host.systemd.restart("web.service", 60_000);
      const began = world.clock.ticks();
      const problems = waitUntilReady(host, [WEB], {
        timeoutMs: 20_000,
        stableMs: 0,
        emit: ({ type }) =>
          void (type === "waiting" && world.clock.ticks() === began && world.clock.turn(ms)),
      });
      expect((await problems).size).toBe(1);
      const took = world.clock.ticks() - began;
      expect([took >= 20_000, took < 30_000]).toEqual([true, true]);
    },
  );

  it("says that a service is unknown, or was never started", async () => {
    const unknown = { unit: "x.container", service: "x.service" };
    const options = { timeoutMs: 1_000, stableMs: 0, emit: () => undefined };
    expect(await waitUntilReady(host, [unknown, WEB], options)).toEqual(
      new Map([
        ["x.container", "systemd reports it as not-found"],
        ["web.container", "the service is inactive when the time ran out"],
      ]),
    );
  });

  it("accepts a service that has run to its end, if it is one that ends", async () => {
    const job = { unit: "job.build", service: "web.service", ends: true };
    const options = { timeoutMs: 1_000, stableMs: 0, emit: () => undefined };
    expect(await waitUntilReady(host, [job], options)).toEqual(new Map());
    world.contents.behaviours.set("web.service", { kind: "exits" });
    await host.systemd.restart("web.service", 60_000).catch(() => undefined);
    expect((await waitUntilReady(host, [job], options)).get("job.build")).toMatch(/has failed/);
  });

  it("ends when quadgate is asked to end", async () => {
    world.contents.behaviours.set("web.service", { kind: "unhealthy" });
    await host.systemd.restart("web.service", 60_000);
    const began = world.clock.ms;
    expect((await verify({ signal: AbortSignal.abort() })).get("web.container")).toBe(
      "the container is starting; quadgate was asked to stop",
    );
    expect(world.clock.ms).toBe(began);
  });

  it("does not wait longer for services to stay up than the limit allows", async () => {
    await host.systemd.restart("web.service", 60_000);
    const began = world.clock.ms;
    const stop = new AbortController();
    const looking = verify({ stableMs: 3_600_000, signal: stop.signal });
    await host.clock.sleep(3_000);
    stop.abort();
    expect(await looking).toEqual(new Map());
    expect(world.clock.ms - began).toBeLessThan(10_000);
  });

  it("looks again if services have to stay up", async () => {
    await host.systemd.restart("web.service", 60_000);
    expect(await verify({ stableMs: 5_000 })).toEqual(new Map());
    const looking = verify({ stableMs: 5_000 });
    await host.clock.sleep(1_000);
    await host.podman.removeContainer("systemd-web");
    expect(await looking).toEqual(
      new Map([["web.container", "did not stay up: the service has failed (signal)"]]),
    );
  });
});
