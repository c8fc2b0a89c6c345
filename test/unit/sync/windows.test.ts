import { beforeEach, describe, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import type { quadgate } from "../../support/fake-host/homelab.ts";

const HOUR_MS = 3_600_000;
const web = (more = "", image = "web:1") => `pattern: reverse-proxy-backend
image: docker.io/library/${image}
hostname: web.example.org
port: 80
networks: [shared]
health: { cmd: "check", interval: 1h }
${more}`;

describeFakeHost("a sync outside its change windows", () => {
  const homelab = fakeHomelab();
  const sync = (windows: object = {}, options: Parameters<ReturnType<typeof quadgate>["sync"]>[0] = {}) =>
    homelab.quadgate({ settings: { gate: { windows } } }).sync(options);
  /** A window of an hour that begins in so many hours from now. */
  const inHours = (hours: number) => {
    const begins = new Date(homelab.world.clock.now().getTime() + hours * HOUR_MS);
    return { cron: `${begins.getUTCMinutes()} ${begins.getUTCHours()} * * *`, for: "1h", timezone: "UTC" };
  };

  beforeEach(async () => {
    homelab.commit({ "desired-state/web.yaml": web() });
    await sync();
    homelab.commit({ "desired-state/web.yaml": web("", "web:2") });
  });

  it("holds the plan, and applies it by itself once a window is open", async () => {
    const windows = { allow: [inHours(5)] };
    const held = await sync(windows, { attended: false });
    expect(held.result).toBe("held");
    const opens = /opens at (\S+Z)$/.exec(held.verdict.reasons[0]?.message ?? "")?.[1] ?? "";
    expect(Date.parse(opens)).toBeGreaterThan(homelab.world.clock.now().getTime() + 4 * HOUR_MS);
    homelab.world.clock.advance(Date.parse(opens) - homelab.world.clock.now().getTime());
    expect((await sync(windows, { attended: false })).result).toBe("applied");
  });

  it("asks a person if there is one", async () => {
    const asked: string[] = [];
    const report = await sync(
      { allow: [inHours(5)] },
      {
        confirm: async (_plan, { reasons }) => {
          asked.push(...reasons.map(({ code }) => code));
          return true;
        },
      },
    );
    expect({ asked, result: report.result }).toEqual({ asked: ["window-closed"], result: "applied" });
    expect(report.verdict.reasons.map(({ code }) => code)).toContain("approved");
  });

  it("blocks the plan in a freeze, whoever confirms it, but lets through what restores a verified state", async () => {
    const windows = { freeze: [{ cron: "0 0 * * *", for: "1d" }] };
    const blocked = await sync(windows, { confirm: async () => true });
    expect(blocked.result).toBe("blocked");
    expect(blocked.verdict.reasons.map(({ code }) => code)).toEqual(["window-frozen"]);
    const forced = await sync(windows, { force: { reason: "it is urgent" } });
    expect(forced.result).toBe("applied");
    expect(forced.record.forced).toBe("it is urgent");
    homelab.commit({ "desired-state/web.yaml": web() });
    expect((await sync(windows)).result).toBe("applied");
  });

  describe("in a freeze", () => {
    const frozen = { freeze: [{ cron: "0 0 * * *", for: "1d" }] };
    const moveTag = () => homelab.world.contents.images.set("docker.io/library/web:1", homelab.world.newId());

    it("does not restart a service with the image that its tag means by now", async () => {
      homelab.commit({ "desired-state/web.yaml": web() });
      moveTag();
      expect((await sync(frozen)).result).toBe("blocked");
      await homelab.host.systemd.stop("web.service");
      expect(homelab.world.containerNamed("web")).toBeUndefined();
      expect((await sync(frozen)).result).toBe("blocked");
    });

    it("restarts what was stopped, with the image that was verified", async () => {
      homelab.commit({ "desired-state/web.yaml": web() });
      await homelab.host.systemd.stop("web.service");
      expect((await sync(frozen)).result).toBe("applied");
    });

    it("does not restore a text whose tag has moved, unless the tag is moved back too", async () => {
      const before = homelab.world.contents.images.get("docker.io/library/web:1") ?? "";
      expect((await sync()).result).toBe("applied");
      homelab.commit({ "desired-state/web.yaml": web() });
      moveTag();
      expect((await sync(frozen)).result).toBe("blocked");
      homelab.world.contents.images.set("docker.io/library/web:1", before);
      expect((await sync(frozen)).result).toBe("applied");
    });
  });

  it("holds the plan for the windows of an instance that it changes, and for no other's", async () => {
    const { cron } = inHours(5);
    const own = `gate: { windows: { allow: [{ cron: "${cron}", for: 1h, timezone: UTC }] } }\n`;
    homelab.commit({ "desired-state/web.yaml": web(own, "web:2") });
    const held = await sync({ allow: [inHours(0)] });
    expect(held.result).toBe("held");
    expect(held.verdict.reasons[0]?.message).toContain("outside the windows for changes to web");
    const db = web("", "db:1").replace("web.example", "db.example");
    homelab.commit({ "desired-state/web.yaml": web(own), "desired-state/db.yaml": db });
    expect((await sync({ allow: [inHours(0)] })).result).toBe("applied");
  });
});
