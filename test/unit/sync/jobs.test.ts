import { describe, expect, it } from "vitest";
import type { SyncReport } from "../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, more = "") => `[Container]\nImage=docker.io/library/${image}\n${more}`;
const ONESHOT = "[Service]\nType=oneshot\n";
const INSTALL = "[Install]\nWantedBy=default.target\n";
const CHECKED = "HealthCmd=check\nNotify=healthy\n";
const file = (name: string) => `desired-state/${name}`;

/** What a plan does to each unit, and why. */
function rows({ plan }: SyncReport): readonly string[] {
  return plan.changes.map(({ unit, action, reasons }) =>
    [action, unit, ...reasons.map(({ code }) => code)].join(" "),
  );
}

describeFakeHost("a job", () => {
  const homelab = fakeHomelab();
  const invocations = (service: string) => homelab.world.contents.runs.get(service)?.invocation ?? 0;
  const stateOf = async (service: string) =>
    (await homelab.host.systemd.services([service])).get(service)?.activeState;
  /** Its timer starts it, and it takes long. */
  const begin = (service: string) => {
    const run = homelab.world.runOf(service);
    Object.assign(run, { active: "activating", sub: "start", invocation: run.invocation + 1 });
  };
  const end = (service: string, active: "inactive" | "failed" = "inactive") =>
    Object.assign(homelab.world.runOf(service), { active, sub: active });

  it("is loaded and not started, and is as git wants it then", async () => {
    homelab.world.contents.triggers.set("backup.service", ["backup.timer"]);
    homelab.commit({
      [file("backup.container")]: container("backup:1"),
      [file("prune.container")]: container("prune:1", ONESHOT),
    });
    const report = await homelab.sync();
    expect(rows(report)).toEqual([
      "create backup.container unit-new job-loaded",
      "create prune.container unit-new job-loaded",
    ]);
    expect(report.outcomes.map(({ outcome }) => outcome)).toEqual(["created", "created"]);
    expect([invocations("backup.service"), invocations("prune.service")]).toEqual([0, 0]);
    expect((await homelab.sync()).result).toBe("in-sync");
  });

  it("is not run by a change, by drift, by a failed run, nor by a lost reload", async () => {
    homelab.commit({ [file("prune.container")]: container("prune:1", ONESHOT) });
    await homelab.sync();
    homelab.commit({ [file("prune.container")]: container("prune:2", ONESHOT) });
    expect((await homelab.sync()).outcomes).toMatchObject([{ outcome: "updated" }]);
    end("prune.service", "failed");
    expect((await homelab.sync()).result).toBe("in-sync");
    const { facts, files } = homelab.world;
    files.put(`${facts.generatorDir}/prune.service`, "[X-Container]\n[Service]\nType=oneshot\n");
    const reloaded = await homelab.sync();
    expect(rows(reloaded)).toEqual(["update prune.container not-reloaded job-loaded"]);
    expect(reloaded.result).toBe("applied");
    expect(invocations("prune.service")).toBe(0);
  });

  it("that is under way ends as it began when its text changes", async () => {
    homelab.commit({ [file("prune.container")]: container("prune:1", ONESHOT) });
    await homelab.sync();
    begin("prune.service");
    homelab.commit({ [file("prune.container")]: container("prune:2", ONESHOT) });
    const report = await homelab.sync();
    expect(report.result).toBe("applied");
    expect(report.plan.changes[0]?.reasons.at(-1)?.message).toContain("is under way, and ends as it began");
    expect([await stateOf("prune.service"), invocations("prune.service")]).toEqual(["activating", 1]);
    expect((await homelab.sync()).result).toBe("in-sync");
  });

  it("that is under way is deleted once it has ended, and the revision is applied then", async () => {
    const web = { [file("web.container")]: container("web:1") };
    const first = homelab.commit({ ...web, [file("prune.container")]: container("prune:1", ONESHOT) });
    await homelab.sync();
    begin("prune.service");
    const second = homelab.commit(web);
    expect(rows(await homelab.sync({ attended: false }))).toContain("none prune.container job-running");
    expect(await stateOf("prune.service")).toBe("activating");
    expect((await homelab.inventory()).appliedRevision).toBe(first);
    end("prune.service");
    expect(rows(await homelab.sync({ attended: false }))).toContain("delete prune.container unit-removed");
    expect((await homelab.inventory()).appliedRevision).toBe(second);
  });

  it("that is under way keeps what it is bound to as it is", async () => {
    const files = (version: number) => ({
      [file("db.container")]: container(`db:${version}`),
      [file("dump.container")]:
        `[Unit]\nRequires=db.service\nAfter=db.service\n${container("dump:1", ONESHOT)}`,
    });
    homelab.commit(files(1));
    await homelab.sync();
    begin("dump.service");
    homelab.commit(files(2));
    const before = invocations("db.service");
    expect(rows(await homelab.sync())).toContain("none db.container job-running");
    expect([invocations("db.service"), await stateOf("dump.service")]).toEqual([before, "activating"]);
    end("dump.service");
    const later = await homelab.sync();
    expect(rows(later)).toContain(
      "update db.container image-changed unit-changed".replace(
        "unit-changed image-changed",
        "image-changed unit-changed",
      ),
    );
    expect(rows(later)).toContain("none dump.container");
    expect(invocations("dump.service")).toBe(1);
  });

  it("that was a service is stopped once, and one that becomes a service waits for its end", async () => {
    homelab.commit({ [file("app.container")]: container("app:1") });
    await homelab.sync();
    expect(await stateOf("app.service")).toBe("active");
    homelab.commit({ [file("app.container")]: container("app:1", ONESHOT) });
    expect((await homelab.sync()).result).toBe("applied");
    expect(await stateOf("app.service")).toBe("inactive");
    begin("app.service");
    homelab.commit({ [file("app.container")]: container("app:2") });
    expect(rows(await homelab.sync())).toEqual(["none app.container job-running"]);
    expect(await stateOf("app.service")).toBe("activating");
    end("app.service");
    expect((await homelab.sync()).result).toBe("applied");
    expect(await stateOf("app.service")).toBe("active");
  });

  it("is put back with what it needs, without a run", async () => {
    const files = (version: number) => ({
      [file("app.container")]: container(`app:${version}`, CHECKED),
      [file("dump.container")]: `[Unit]\nRequires=app.service\n${container(`dump:${version}`, ONESHOT)}`,
    });
    homelab.commit(files(1));
    await homelab.sync();
    homelab.world.contents.behaviours.set("docker.io/library/app:2", { kind: "unhealthy" });
    homelab.commit(files(2));
    expect((await homelab.sync()).result).toBe("rolled-back");
    expect(homelab.world.contents.loaded.get("dump.service")).toContain("dump:1");
    expect(invocations("dump.service")).toBe(0);
  });

  it("is no reason to call off what needs it, whatever its last run came to", async () => {
    homelab.world.contents.triggers.set("seed.service", ["seed.timer"]);
    const app = (version: number) => `[Unit]\nRequisite=seed.service\n${container(`app:${version}`)}`;
    homelab.commit({
      [file("seed.container")]: container("seed:1", ONESHOT),
      [file("app.container")]: app(1),
    });
    expect((await homelab.sync()).result).toBe("applied");
    end("seed.service", "failed");
    homelab.commit({ [file("app.container")]: app(2) });
    expect((await homelab.sync()).result).toBe("applied");
    expect(invocations("seed.service")).toBe(0);
  });
});

describeFakeHost("a oneshot that the sync has to start", () => {
  const homelab = fakeHomelab();
  const invocations = (service: string) => homelab.world.contents.runs.get(service)?.invocation ?? 0;

  describe.each([
    ["because of [Install]", `${ONESHOT}${INSTALL}`],
    ["and that stays active", `${ONESHOT}RemainAfterExit=yes\n${INSTALL}`],
  ])("%s", (_, more) => {
    it("runs once for each text", async () => {
      homelab.commit({ [file("setup.container")]: container("setup:1", more) });
      expect((await homelab.sync()).result).toBe("applied");
      expect(invocations("setup.service")).toBe(1);
      expect((await homelab.sync()).result).toBe("in-sync");
      homelab.commit({ [file("setup.container")]: container("setup:2", more) });
      expect((await homelab.sync()).result).toBe("applied");
      expect(homelab.world.contents.loaded.get("setup.service")).toContain("setup:2");
      expect(invocations("setup.service")).toBeGreaterThan(1);
    });

    it("is put back if it fails", async () => {
      homelab.commit({ [file("setup.container")]: container("setup:1", more) });
      await homelab.sync();
      homelab.world.contents.behaviours.set("docker.io/library/setup:2", { kind: "exits" });
      homelab.commit({ [file("setup.container")]: container("setup:2", more) });
      expect((await homelab.sync()).result).toBe("rolled-back");
    });
  });

  it("comes before what needs it", async () => {
    homelab.commit({
      [file("migrate.container")]: container("migrate:1", ONESHOT),
      [file("app.container")]:
        `[Unit]\nRequires=migrate.service\nAfter=migrate.service\n${container("app:1")}`,
    });
    const report = await homelab.sync();
    expect(report.result).toBe("applied");
    expect(report.plan.levels).toEqual([["migrate.service"], ["app.service"]]);
    expect(invocations("migrate.service")).toBeGreaterThan(0);
    expect((await homelab.sync()).result).toBe("in-sync");
  });
});

describeFakeHost("a service that waits for its socket", () => {
  const homelab = fakeHomelab();
  const invocations = () => homelab.world.contents.runs.get("proxy.service")?.invocation ?? 0;

  it("is only loaded while it is inactive, and restarted while it runs", async () => {
    homelab.world.contents.triggers.set("proxy.service", ["proxy.socket"]);
    homelab.commit({ [file("proxy.container")]: container("proxy:1") });
    expect(rows(await homelab.sync())).toEqual(["create proxy.container unit-new trigger-loaded"]);
    homelab.commit({ [file("proxy.container")]: container("proxy:2") });
    const changed = await homelab.sync();
    expect(changed.outcomes).toMatchObject([{ outcome: "updated" }]);
    expect([changed.result, invocations()]).toEqual(["applied", 0]);
    await homelab.host.systemd.start("proxy.service", 10_000);
    const before = invocations();
    homelab.commit({ [file("proxy.container")]: container("proxy:3") });
    expect((await homelab.sync()).result).toBe("applied");
    expect(invocations()).toBeGreaterThan(before);
    expect((await homelab.sync()).result).toBe("in-sync");
  });

  it("is restarted if it starts from its old text while the sync is about to load the new one", async () => {
    homelab.world.contents.triggers.set("proxy.service", ["proxy.socket"]);
    homelab.commit({ [file("proxy.container")]: container("proxy:1") });
    await homelab.sync();
    homelab.commit({ [file("proxy.container")]: container("proxy:2") });
    const { context, sync } = homelab.quadgate();
    const { daemonReload } = context.host.systemd;
    Object.assign(context.host.systemd, {
      daemonReload: async () => {
        await homelab.host.systemd.start("proxy.service", 10_000);
        await daemonReload();
      },
    });
    expect((await sync()).result).toBe("applied");
    expect(JSON.stringify(homelab.world.contents.containers)).toContain("docker.io/library/proxy:2");
  });
});
