import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { moveTag, people, pullImage, reboot, removeImages } from "../../../support/fake-host/index.ts";
import { present, settlingStage } from "../../../support/settling/fixture.ts";

const REFERENCE = "docker.io/library/app:1";
const unit = (label: string, pull = "missing") => `[Container]
Image=${REFERENCE}
ContainerName=app
Environment=V=${label}
Pull=${pull}
[Service]
Restart=always
[Install]
WantedBy=default.target
`;

describeFakeHost("a text whose tag has moved", () => {
  const on = settlingStage();
  const imageOf = (name = "app") => on.stage.world.containerNamed(name)?.inspect.Image;

  /** A good text, and then its tag means an image that ends at once. Gives the old image's id. */
  async function moved(pull?: string): Promise<unknown> {
    on.stage.commit({ "app.container": unit("a", pull) });
    await on.stage.sync();
    await on.stage.daemon(80_000);
    const old = imageOf();
    const bad = on.stage.world.newId();
    on.stage.world.contents.behaviours.set(bad, { kind: "ends", afterMs: 2_000, status: 1 });
    on.stage.world.contents.registry.set(REFERENCE, bad);
    if (pull === undefined) moveTag(on.stage.world, REFERENCE, bad);
    return old;
  }

  it("goes back with the image that it ran, and the tag stays where people put it", async () => {
    const old = await moved();
    const tagged = on.stage.world.contents.images.get(REFERENCE);
    on.stage.commit({ "app.container": unit("b") });
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject({ inForce: "a", runs: true });
    expect(imageOf()).toBe(old);
    expect(on.stage.world.contents.images.get(REFERENCE)).toBe(tagged);
    await reboot(on.stage.world);
    await on.stage.daemon(30_000);
    expect(imageOf()).toBe(old);
    expect((await present(on.stage)).runs).toBe(true);
  });

  it("goes back although images without a name were pruned", async () => {
    const old = await moved();
    removeImages(on.stage.world);
    on.stage.commit({ "app.container": unit("b") });
    await on.stage.sync();
    await on.stage.daemon(20_000);
    expect(imageOf()).toBe(old);
  });

  it.each(["missing", "newer"])(
    "goes back to the old image of the same text if the new one came before its probation was over: Pull=%s",
    async (pull) => {
      const { world } = on.stage;
      on.stage.commit({ "app.container": unit("a", pull) });
      await on.stage.sync();
      expect((await present(on.stage)).state).toBe("settled");
      const old = imageOf();
      const bad = world.newId();
      world.contents.behaviours.set(bad, { kind: "exits" });
      world.contents.registry.set(REFERENCE, bad);
      moveTag(world, REFERENCE, bad);
      on.stage.act("restart", "app");
      await on.stage.daemon(30_000);
      expect(await present(on.stage)).toMatchObject({ inForce: "a", runs: true, state: "settled" });
      expect(imageOf()).toBe(old);
    },
  );

  it("does not go back to the image with which it ended, whatever it came up with since", async () => {
    const { world } = on.stage;
    on.stage.commit({ "app.container": unit("a") });
    await on.stage.sync();
    const first = imageOf();
    on.stage.commit({ "app.container": unit("b") });
    await on.stage.sync();
    moveTag(world, REFERENCE, world.newId());
    people.end(world, "app.service", 1);
    // The third image may not be tried now.
    world.healthScore = 10;
    await on.stage.daemon(20_000);
    expect(await present(on.stage)).toMatchObject({ inForce: "a", runs: true });
    expect(imageOf()).toBe(first);
  });

  it("does not loop with Pull=newer", async () => {
    const old = await moved("newer");
    on.stage.commit({ "app.container": unit("b", "newer") });
    await on.stage.sync();
    await on.stage.daemon(20_000);
    const count = on.stage.world.contents.journal.length;
    expect(imageOf()).toBe(old);
    await on.stage.daemon(60_000);
    expect(on.stage.world.contents.journal).toHaveLength(count);
  });

  it("is settled again if a boot gives it the other image, and the old one comes back if that ends", async () => {
    const old = await moved();
    await reboot(on.stage.world);
    await on.stage.daemon(40_000);
    expect(imageOf()).toBe(old);
    expect(await present(on.stage)).toMatchObject({ inForce: "a", runs: true });
  });

  it("stays good on an image that somebody pulled and that is well", async () => {
    on.stage.commit({ "app.container": unit("a") });
    await on.stage.sync();
    const other = on.stage.world.newId();
    on.stage.world.contents.registry.set(REFERENCE, other);
    pullImage(on.stage.world, REFERENCE);
    on.stage.commit({ "app.container": unit("b") });
    expect((await on.stage.sync()).result).toBe("applied");
    expect(imageOf()).toBe(other);
  });
});
