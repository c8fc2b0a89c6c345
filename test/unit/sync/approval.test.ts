import { beforeEach, describe, expect, it } from "vitest";
import { approveHeld } from "../../../src/control/approve.ts";
import { openState } from "../../../src/state/index.ts";
import { reconcile } from "../../../src/sync/reconcile.ts";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import type { quadgate } from "../../support/fake-host/homelab.ts";

const MINUTE_MS = 60_000;
const container = (image: string) =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`;
const files = (version: number) => ({
  "desired-state/web.container": container(`web:${version}`),
  "desired-state/db.container": container("db:1"),
});

describeFakeHost("a held plan", () => {
  const homelab = fakeHomelab();
  const sync = (options: Parameters<ReturnType<typeof quadgate>["sync"]>[0] = {}, gate: object = {}) =>
    homelab.quadgate({ settings: { gate } }).sync(options);
  const ask = (...words: readonly string[]) => run(homelab.world, homelab, ...words);
  const state = () => openState(homelab.world);
  const images = () => homelab.world.contents.containers.map(({ inspect }) => inspect.ImageName).sort();

  /** Whether a sync was killed before so many of its effects. */
  const dies = (at: number) =>
    homelab
      .quadgate({ faults: { fault: "dies", at, among: "effects" } })
      .sync()
      .then(
        () => false,
        () => true,
      );

  beforeEach(async () => {
    homelab.commit(files(1));
    await sync();
    homelab.world.healthScore = 80;
    homelab.commit(files(2));
  });

  it("passes once after an approval, and not again", async () => {
    const held = await sync({ attended: false });
    expect(held.result).toBe("held");
    expect((await ask("approve", held.plan.digest.slice(0, 8))).exitCode).toBe(0);
    expect(images()).toContain("docker.io/library/web:2");
    homelab.commit(files(1));
    await sync({ force: { reason: "go back" } });
    homelab.commit(files(2));
    const again = await sync({}, { restore: "deny" });
    expect(again.result).toBe("held");
    expect(await state().readApproval()).toBeNull();
  });

  it("is approved as an unattended sync planned it, whatever a sync by hand would do besides", async () => {
    await homelab.host.systemd.stop("db.service");
    const held = await sync({ attended: false });
    expect((await sync({ attended: true })).plan.digest).not.toBe(held.plan.digest);
    await sync({ attended: false });
    const { exitCode, stderr } = await ask("approve");
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^Approved plan [0-9a-f]{12} at [0-9a-f]{12}, until 20.*Z\.$/m);
    // The daemon only reports that db is down, so approving its plan starts it as little.
    expect(images()).toEqual(["docker.io/library/web:2"]);
  });

  it("is judged again if the answer on the terminal took a while", async () => {
    const answered = (ms: number) =>
      sync({
        confirm: async () => {
          homelab.world.clock.advance(ms);
          homelab.world.healthScore = 20;
          return true;
        },
      });
    const late = await answered(MINUTE_MS);
    expect(late).toMatchObject({ result: "blocked", record: { score: 20, health: { score: 20 } } });
    homelab.world.healthScore = 80;
    expect((await answered(0)).result).toBe("applied");
  });

  it("may concern one instance alone", async () => {
    homelab.commit({ ...files(2), "desired-state/db.container": container("db:2") });
    await sync({ only: new Set(["db"]) });
    await ask("approve");
    expect(images()).toEqual(["docker.io/library/db:2", "docker.io/library/web:1"]);
  });

  it("is named, with its contents, if another digest is approved", async () => {
    const { plan } = await sync();
    for (const digest of ["0123abcd", plan.digest.slice(0, 3), "", `${plan.digest}0`]) {
      const { exitCode, stdout, stderr } = await ask("approve", digest);
      expect({ digest, exitCode, stdout }).toEqual({ digest, exitCode: 1, stdout: "" });
      expect(stderr).toContain(`the plan held now is ${plan.digest.slice(0, 12)} (1 to update, since 20`);
      expect(stderr).toContain(`quadgate approve ${plan.digest.slice(0, 12)}`);
    }
    expect(await state().readApproval()).toBeNull();
  });

  it("passes within the time that the settings allow, and not later", async () => {
    const gate = { approvalFor: "10m" };
    await sync({}, gate);
    await ask("approve", "--no-sync");
    homelab.world.clock.advance(10 * MINUTE_MS);
    const late = await sync({}, gate);
    expect(late.result).toBe("held");
    expect(late.verdict.reasons[0]?.message).toMatch(/the approval expired at 20/);
    expect(await state().readApproval()).toBeNull();
    await ask("approve", "--no-sync");
    homelab.world.clock.advance(10 * MINUTE_MS - 1);
    expect((await sync({}, gate)).result).toBe("applied");
  });

  it("does not pass once a clock that was ahead is corrected, nor later", async () => {
    homelab.world.clock.advance(24 * 60 * MINUTE_MS);
    await sync();
    await ask("approve", "--no-sync");
    homelab.world.clock.advance(-24 * 60 * MINUTE_MS);
    const early = await sync();
    expect(early.verdict.reasons[0]?.message).toContain("while the clock was ahead");
    homelab.world.clock.advance(24 * 60 * MINUTE_MS);
    expect((await sync()).result).toBe("held");
  });

  it("loses its approval once it becomes another plan, even if the first one comes back", async () => {
    await sync();
    await ask("approve", "--no-sync");
    homelab.commit(files(3));
    const other = await sync();
    expect(other.verdict.reasons[0]?.message).toContain("the existing approval is for another plan");
    homelab.commit(files(2));
    expect((await sync()).result).toBe("held");
    homelab.world.healthScore = 20;
    homelab.commit(files(4));
    await sync();
    expect(await state().readHeld()).toBeNull();
  });

  it("passes if the approval comes between two looks at the host's health", async () => {
    const gate = { retry: { attempts: 2, wait: "20s" } };
    await sync({}, gate);
    const { context } = homelab.quadgate({ settings: { gate } });
    let approved: Promise<unknown> | undefined;
    const emit: typeof context.emit = (event) => {
      if (event.type === "looked") approved = approveHeld(context, undefined);
    };
    const options = { trigger: "poll", attended: true, lockWaitMs: 0 };
    expect((await reconcile({ ...context, emit }, options)).result).toBe("applied");
    await approved;
    expect(await state().readApproval()).toBeNull();
  });

  it("passes at the next sync if the approval comes after the gate has judged", async () => {
    await sync();
    const confirm = async () => {
      await approveHeld(homelab.quadgate().context, undefined);
      return false;
    };
    expect((await sync({ confirm })).result).toBe("held");
    expect((await sync()).result).toBe("applied");
  });

  it("keeps waiting, with its approval, whatever a sync of another instance does", async () => {
    const held = await sync();
    await ask("approve", "--no-sync");
    const db = (more: Parameters<typeof sync>[0]) => sync({ only: new Set(["db"]), ...more });
    expect((await db({})).result).toBe("in-sync");
    homelab.commit({ ...files(2), "desired-state/db.container": container("db:2") });
    homelab.world.healthScore = 20;
    expect((await db({})).result).toBe("blocked");
    expect((await db({ force: { reason: "urgent" } })).result).toBe("applied");
    expect((await state().readHeld())?.digest).toBe(held.plan.digest);
    homelab.world.healthScore = 80;
    const { result, record } = await sync();
    expect({ result, revision: record.revision }).toEqual({
      result: "applied",
      revision: record.appliedRevision,
    });
    expect([await state().readHeld(), await state().readApproval()]).toEqual([null, null]);
  });

  it("that repairs a change by hand outlives syncs that leave that change alone, until git moves on", async () => {
    homelab.commit(files(1));
    await homelab.host.systemd.stop("db.service");
    expect((await sync({ attended: true }, { restore: "deny" })).result).toBe("held");
    await ask("approve", "--no-sync");
    expect((await sync({ attended: false })).result).toBe("in-sync");
    expect([await state().readHeld(), await state().readApproval()]).not.toContain(null);
    homelab.commit({ ...files(1), "README.md": "x" });
    expect((await sync({ attended: false })).result).toBe("in-sync");
    expect([await state().readHeld(), await state().readApproval()]).toEqual([null, null]);
  });

  describe("of several units that was approved", () => {
    const both = {
      "desired-state/web.container": container("web:2"),
      "desired-state/cache.container": container("cache:1"),
    };
    const next = () => sync({ attended: false });

    beforeEach(async () => {
      homelab.commit(both);
      await next();
      await ask("approve", "--no-sync");
    });

    it("continues with what is left wherever its sync was killed, and passes no more after that", async () => {
      // A unit that was to be restarted and is marked as begun is planned as an update: another plan.
      await homelab.host.systemd.stop("db.service");
      homelab.commit({ ...both, "desired-state/db.container": container("db:1") });
      await sync();
      await ask("approve", "--no-sync");
      const start = homelab.world.fork();
      const reasons: string[] = [];
      for (let at = 1; await dies(at); at += 1) {
        const { result, verdict } = await sync();
        expect({ at, result }).toEqual({ at, result: expect.stringMatching(/^(applied|in-sync)$/) });
        expect({ at, images: images() }).toEqual({
          at,
          images: ["docker.io/library/cache:1", "docker.io/library/db:1", "docker.io/library/web:2"],
        });
        expect(await state().readApproval()).toBeNull();
        reasons.push(verdict.reasons[0]?.message ?? "");
        homelab.world = start.fork();
      }
      expect(reasons).toContainEqual(
        expect.stringContaining("a person approved the plan that this one continues"),
      );
      homelab.commit(files(1));
      expect((await sync({ attended: false }, { restore: "deny" })).result).toBe("held");
    });

    it("continues if its sync was stopped", async () => {
      const later = `[Unit]\nAfter=web.service\n${container("cache:1")}`;
      homelab.commit({ ...both, "desired-state/cache.container": later });
      await next();
      await ask("approve", "--no-sync");
      const stop = new AbortController();
      const { context } = homelab.quadgate();
      const emit: typeof context.emit = ({ type }) => void (type === "unit-started" && stop.abort());
      const options = { trigger: "test", attended: false, lockWaitMs: 0, signal: stop.signal };
      await reconcile({ ...context, emit }, options);
      expect(images()).toEqual(["docker.io/library/web:2"]);
      expect((await next()).result).toBe("applied");
      expect(await state().readApproval()).toBeNull();
    });

    it("is void for the rest once a text differs, less is left, or its time is over", async () => {
      const start = homelab.world.fork();
      for (const change of ["text", "time", "part"]) {
        homelab.world = start.fork();
        let at = 1;
        // Up to where the first unit's mark is written, so that something is left and something begun.
        while ((await dies(at)) && (await state().readApproval())?.begun === undefined) {
          homelab.world = start.fork();
          at += 1;
        }
        if (change === "text")
          homelab.commit({ ...both, "desired-state/cache.container": container("cache:3") });
        if (change === "part") homelab.commit({ "desired-state/web.container": container("web:2") });
        if (change === "time") homelab.world.clock.advance(61 * MINUTE_MS);
        expect({ change, result: (await next()).result }).toEqual({ change, result: "held" });
        expect(await state().readApproval()).toBeNull();
        homelab.commit(both);
      }
    });

    it("is void if only a part of it is still wanted and no sync of it has begun", async () => {
      homelab.commit(files(2));
      expect((await next()).result).toBe("held");
    });
  });

  describe("that brings the image to which a tag has moved", () => {
    const tag = "docker.io/library/web:1";
    const moveTag = () => homelab.world.contents.images.set(tag, homelab.world.newId());
    const running = () =>
      homelab.world.contents.containers.find(({ inspect }) => inspect.ImageName === tag)?.inspect.Image;

    beforeEach(async () => {
      homelab.commit(files(1));
      moveTag();
      expect((await sync()).result).toBe("held");
      await ask("approve", "--no-sync");
    });

    it("passes with the image that was shown, and with no other", async () => {
      const start = homelab.world.fork();
      expect((await sync()).result).toBe("applied");
      expect(running()).toBe(homelab.world.contents.images.get(tag));
      homelab.world = start;
      const before = running();
      moveTag();
      expect((await sync()).result).toBe("held");
      expect(running()).toBe(before);
      expect(await state().readApproval()).toBeNull();
    });

    it("shows that image even if another text names the same tag", async () => {
      homelab.commit({
        ...files(1),
        "desired-state/web.container": container("web:1").replace("Health", "User=5\nHealth"),
      });
      const { plan } = await sync();
      const [update] = plan.changes.filter(({ action }) => action === "update");
      expect(update?.diff.map(({ path }) => path)).toEqual(["Container.User", "image.id"]);
      moveTag();
      expect((await sync()).plan.digest).not.toBe(plan.digest);
    });

    it("does not continue with another image if its sync was killed before that one was started", async () => {
      const start = homelab.world.fork();
      const approved = homelab.world.contents.images.get(tag);
      let at = 1;
      for (; (await dies(at)) && running() !== approved; at += 1) {
        moveTag();
        expect({ at, result: (await sync()).result }).toEqual({ at, result: "held" });
        homelab.world = start.fork();
      }
      expect(at).toBeGreaterThan(2);
    });
  });

  describe("with hooks", () => {
    const asked = (command: string, image = "app:2") => ({
      ...files(1),
      "desired-state/app.yaml": [
        "pattern: reverse-proxy-backend",
        `image: docker.io/library/${image}`,
        "hostname: app.example.org",
        "port: 80",
        "networks: [shared]",
        'health: { cmd: "check", interval: 1h }',
        ...(command === "" ? [] : [`hooks: { beforeUpdate: ["${command}"] }`]),
      ].join("\n"),
      "desired-state/networks.yaml": "shared: {}\n",
    });
    const next = (gate: object = {}) => sync({ attended: false }, gate);

    beforeEach(async () => {
      homelab.world.healthScore = 95;
      homelab.commit(asked("dump-it", "app:1"));
      await sync();
      homelab.world.healthScore = 80;
    });

    it("says what will run, without the secrets in it, and becomes another plan if its hooks change", async () => {
      homelab.commit(asked("PGPASSWORD=hunter2 dump-it"));
      const held = await next();
      expect(held.result).toBe("held");
      const { stdout } = await ask("plan");
      expect(stdout.replace(/\s+/g, " ")).toContain(
        "runs in the container before the update: PGPASSWORD=(hidden) dump-it [hooks-run]",
      );
      expect((await ask("plan", "--output", "json")).stdout).not.toContain("hunter2");
      expect((await ask("approve", "--no-sync")).exitCode).toBe(0);
      homelab.commit(asked("something-else"));
      expect((await next()).result).toBe("held");
      expect(await state().readApproval()).toBeNull();
      expect(homelab.world.executed).toEqual([]);
    });

    it("does not count as a restore unless its hooks were verified here too", async () => {
      homelab.world.healthScore = 95;
      homelab.commit(asked("dump-it"));
      await sync();
      homelab.world.healthScore = 20;
      homelab.commit(asked("something-else", "app:1"));
      expect((await next()).result).toBe("blocked");
      expect(homelab.world.executed).toEqual(["app: sh -c dump-it"]);
      homelab.commit(asked("dump-it", "app:1"));
      expect((await next()).result).toBe("applied");
    });
  });

  it("is shown by plan and status, with its approval and the command that lets it through", async () => {
    const { plan } = await sync();
    const id = plan.digest.slice(0, 12);
    const since = homelab.world.clock.now().toISOString().slice(0, 10);
    homelab.world.clock.advance(MINUTE_MS);
    await sync();
    const line = `Held since ${since}.*: 1 to update, score 80\\. Let it through with: quadgate approve ${id}`;
    expect((await ask("status")).stdout).toMatch(new RegExp(`^${line}$`, "m"));
    expect((await ask("plan")).stdout).toMatch(new RegExp(`^${line}$`, "m"));
    await ask("approve", "--no-sync");
    const approved = (await ask("status")).stdout;
    expect(approved).toMatch(new RegExp(`^Approved: plan ${id}, until 20.*Z$`, "m"));
    expect(approved).toMatch(/^Held since .*: 1 to update, score 80\.$/m);
    expect((await ask("plan")).stdout).toMatch(/a person approved this plan; the approval counts until 20/);
    expect(JSON.parse((await ask("status", "--output", "json")).stdout)).toMatchObject({
      held: { digest: plan.digest, score: 80, asked: { attended: true, only: null } },
      approval: { digest: plan.digest, expiresAt: expect.stringMatching(/Z$/) },
    });
    homelab.world.clock.advance(61 * MINUTE_MS);
    expect(JSON.parse((await ask("status", "--output", "json")).stdout)).toMatchObject({ approval: null });
  });
});
