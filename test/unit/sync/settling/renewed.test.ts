import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const NEW = text("ok", 3);
const BACK = { inForce: nameOf(OLD), runs: true, state: "good" };

describeFakeHost("a text that has ended while git has a newer one", () => {
  const on = settlingStage();
  async function ended(): Promise<void> {
    on.stage.deploy("app", OLD);
    on.stage.deploy("other", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", text("ends25", 2, { restart: "no" }));
    await on.stage.sync();
    await on.stage.pass(30_000);
  }

  it("makes way for that", async () => {
    await ended();
    on.stage.deploy("app", NEW);
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
  });

  it.each(["is in sync", "changes"])("goes back in a sync of another one alone, which %s", async (what) => {
    await ended();
    on.stage.deploy("app", NEW);
    on.stage.deploy("other", what === "changes" ? NEW : OLD);
    await on.stage.sync({ only: new Set(["other"]) });
    expect(await present(on.stage)).toEqual(BACK);
    const records = await on.stage.quadgate().context.state.readRecords();
    expect(records.filter(({ trigger }) => trigger === "probation")).toHaveLength(1);
  });

  it.each([
    ["a secret that the host lacks", "Secret=absent"],
    ["an image that cannot be had", "Pull=never\nImage=docker.io/library/absent:1"],
  ])("goes back if the newer one needs %s", async (_, lines) => {
    await ended();
    on.stage.deploy("app", NEW, { unit: `[Container]\n${lines}\n[Unit]` });
    expect((await on.stage.sync()).plan.leftAlone.has("app")).toBe(true);
    expect(await present(on.stage)).toEqual(BACK);
  });

  it("stays down if git suspends it", async () => {
    await ended();
    on.stage.deploy("app", NEW, { unit: "[X-Quadgate]\nSuspend=yes\n[Unit]" });
    await on.stage.sync();
    expect((await present(on.stage)).runs).toBe(false);
  });
});

describeFakeHost("a hook of the text after one that has ended", () => {
  const on = settlingStage();

  it("runs before an update of what is well, and not in what has ended", async () => {
    const hook = { unit: "[X-Quadgate]\nBeforeUpdate=dump-it\n[Unit]" };
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("sick30", 2, { check: "plain" }), hook);
    await on.stage.sync();
    expect(on.stage.world.executed).toEqual(["app: sh -c dump-it"]);
    await on.stage.pass(30_000);
    on.stage.deploy("app", NEW, hook);
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(NEW), runs: true });
    expect((await on.stage.inventory()).failed.app).toBeUndefined();
    expect(on.stage.world.executed).toEqual(["app: sh -c dump-it"]);
  });
});
