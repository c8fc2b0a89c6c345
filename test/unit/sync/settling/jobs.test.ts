import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const job = (n: number) => `[Container]
Image=docker.io/library/backup:${n}
ContainerName=backup
Environment=V=${n}
[Service]
Type=oneshot
`;

describeFakeHost("a job whose runs fail", () => {
  const on = settlingStage();
  const run = async () => {
    on.stage.act("start", "backup");
    await on.stage.pass(5_000);
  };
  const fails = (n: number) =>
    on.stage.world.contents.behaviours.set(`docker.io/library/backup:${n}`, {
      kind: "ends",
      afterMs: 500,
      status: 1,
    });
  const active = () => on.stage.world.contents.runs.get("backup.service")?.active;

  it("is changed and good at once although its last run had failed before", async () => {
    fails(1);
    on.stage.commit({ "backup.container": job(1) });
    await on.stage.sync();
    await run();
    expect(active()).toBe("failed");
    on.stage.commit({ "backup.container": job(2) });
    expect((await on.stage.sync()).result).toBe("applied");
    await on.stage.daemon(90_000);
    expect(await present(on.stage, "backup")).toMatchObject({ inForce: "2", state: "good" });
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it.each(["while it is fresh", "in its probation", "once it is good"])(
    "stays with its text if a run fails after a change, %s",
    async (when) => {
      on.stage.commit({ "backup.container": job(1) });
      on.stage.deploy("app", text("ok", 1));
      await on.stage.sync();
      await on.stage.daemon(90_000);
      fails(2);
      on.stage.commit({ "backup.container": job(2) });
      if (when === "while it is fresh") on.stage.actIn(1_000, "start", "backup");
      await on.stage.sync();
      if (when === "once it is good") await on.stage.daemon(90_000);
      await run();
      const last = await on.stage.daemon(30_000);
      expect(active()).toBe("failed");
      expect(last?.result).toBe("in-sync");
      expect(await present(on.stage, "backup")).toMatchObject({ inForce: "2" });
      expect((await on.stage.inventory()).failed).toEqual({});
      expect(await present(on.stage)).toMatchObject({ inForce: nameOf(text("ok", 1)), runs: true });
    },
  );

  it("is not run by what puts another one back", async () => {
    on.stage.commit({ "backup.container": job(1) });
    on.stage.deploy("app", text("ok", 1));
    await on.stage.sync();
    on.stage.commit({ "backup.container": job(2) });
    on.stage.deploy("app", text("ends5", 2));
    expect((await on.stage.sync()).result).toBe("rolled-back");
    const starts = on.stage.world.contents.journal.filter(({ service }) => service === "backup.service");
    expect(starts).toEqual([]);
    expect((await present(on.stage, "backup")).inForce).toBe("2");
  });
});
