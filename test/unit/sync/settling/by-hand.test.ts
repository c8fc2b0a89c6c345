import { describe, expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { reboot } from "../../../support/fake-host/index.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { type ActKind, nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);

const BY_HAND: readonly ActKind[] = ["stop", "restart", "podmanKill", "podmanRestart"];

describeFakeHost("what people do by hand", () => {
  const on = settlingStage();

  describe.each(["none", "plain", "notify", "kill"] as const)("to a text with the check %s", (check) => {
    describe.each(["no", "always"] as const)("and Restart=%s", (restart) => {
      const fresh = text("ok", 2, { check, restart });
      it.each(BY_HAND.flatMap((act) => [250, 800, 5_000].map((ms) => [act, ms] as const)))(
        "is no end: %s after %i ms",
        async (act, ms) => {
          on.stage.deploy("app", OLD);
          await on.stage.sync();
          on.stage.deploy("app", fresh);
          on.stage.actIn(ms, act, "app");
          const { result } = await on.stage.sync();
          await on.stage.daemon(30_000);
          expect({ result, inForce: (await present(on.stage)).inForce }).toEqual({
            result: "applied",
            inForce: nameOf(fresh),
          });
          expect((await on.stage.inventory()).failed).toEqual({});
        },
      );
    });
  });

  it("ends the wait at once if it is a stop, and the lock is free", async () => {
    on.stage.deploy("app", text("ok", 1, { check: "plain" }));
    on.stage.actIn(1_500, "stop", "app");
    const began = on.stage.world.clock.steady;
    expect((await on.stage.sync()).result).toBe("applied");
    expect(on.stage.world.clock.steady - began).toBeLessThan(5_000);
    expect(on.stage.world.locks.size).toBe(0);
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it("leaves a stopped one down for an hour, and counts once it is started", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ok", 2));
    on.stage.actIn(3_000, "stop", "app");
    await on.stage.sync();
    await on.stage.daemon(3_600_000, 300_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(text("ok", 2)), state: "fresh" });
    on.stage.act("start", "app");
    await on.stage.daemon(15_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(text("ok", 2)), runs: true, state: "settled" });
  });

  it("does not excuse what ends by itself soon after", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 2));
    on.stage.actIn(3_000, "podmanKill", "app");
    await on.stage.sync();
    await on.stage.daemon(30_000);
    expect((await present(on.stage)).inForce).toBe(nameOf(OLD));
  });

  it("does not excuse an end within seconds of a kill", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends1", 2));
    on.stage.actIn(700, "podmanKill", "app");
    await on.stage.sync();
    await on.stage.daemon(30_000);
    expect((await present(on.stage)).inForce).toBe(nameOf(OLD));
  });

  // After the sync has begun systemd starts the old text again, and quadgate then restarts it.
  it.each(BY_HAND)("is no end of a text because the one before it ended: %s", async (act) => {
    on.stage.deploy("app", text("ok", 1, { restart: "on-failure" }));
    await on.stage.sync();
    on.stage.world.contents.nextStarts.set("app.service", [{ kind: "exits" }]);
    await reboot(on.stage.world);
    await on.stage.pass(80);
    on.stage.deploy("app", text("ok", 2));
    on.stage.actIn(1_500, act, "app");
    expect((await on.stage.sync()).result).toBe("applied");
    expect((await present(on.stage)).inForce).toBe(nameOf(text("ok", 2)));
  });
});
