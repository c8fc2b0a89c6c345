import { beforeEach, describe, expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { type Behaviour, moveTag } from "../../../support/fake-host/index.ts";
import { present, settlingStage } from "../../../support/settling/fixture.ts";

const REFERENCE = "docker.io/library/app:1";
const unit = (label: string) => `[Container]
Image=${REFERENCE}
ContainerName=app
Environment=V=${label}
[Service]
Restart=always
[Install]
WantedBy=default.target
`;

const ENDS = { kind: "ends", afterMs: 2_000, status: 1 } as const;

describeFakeHost("a failed attempt whose tag moves", () => {
  const on = settlingStage();
  const imageOf = () => on.stage.world.containerNamed("app")?.inspect.Image;
  let old: unknown;
  let bad: string;

  /** Somebody lets the tag mean an image that behaves in this way. */
  function move(behaviour: Behaviour, id = on.stage.world.newId()): string {
    on.stage.world.contents.behaviours.set(id, behaviour);
    moveTag(on.stage.world, REFERENCE, id);
    return id;
  }

  beforeEach(async () => {
    on.stage.commit({ "app.container": unit("a") });
    await on.stage.sync();
    await on.stage.daemon(80_000);
    old = imageOf();
  });

  describe.each<Behaviour>([ENDS, { kind: "exits" }])("after its program $kind", (behaviour) => {
    beforeEach(async () => {
      bad = move(behaviour);
      on.stage.commit({ "app.container": unit("b") });
      await on.stage.sync();
      await on.stage.daemon(20_000);
      expect(imageOf()).toBe(old);
    });

    it("is tried again with a third image", async () => {
      const third = move({ kind: "healthy", afterMs: 500 });
      await on.stage.sync();
      expect(await present(on.stage)).toMatchObject({ inForce: "b", runs: true, state: "settled" });
      expect(imageOf()).toBe(third);
      expect((await on.stage.inventory()).failed).toEqual({});
    });

    it("is not tried again with the image that failed, or with the one in force", async () => {
      expect((await on.stage.inventory()).failed.app?.images).toEqual({ "app.container": bad });
      await on.stage.daemon(20_000);
      expect((await present(on.stage)).inForce).toBe("a");
      move({ kind: "healthy", afterMs: 500 }, String(old));
      await on.stage.daemon(20_000);
      expect((await present(on.stage)).inForce).toBe("a");
    });

    it("is not tried again because the registry has another one, and nothing is pulled", async () => {
      on.stage.world.contents.registry.set(REFERENCE, on.stage.world.newId());
      await on.stage.daemon(20_000);
      expect((await present(on.stage)).inForce).toBe("a");
      expect(on.stage.world.contents.images.get(REFERENCE)).toBe(bad);
    });
  });

  it("fails anew with the third image if that ends too", async () => {
    move(ENDS);
    on.stage.commit({ "app.container": unit("b") });
    await on.stage.sync();
    const third = move(ENDS);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(imageOf()).toBe(old);
    expect((await on.stage.inventory()).failed.app?.images).toEqual({ "app.container": third });
  });

  it("is over for a good text that went back because of its image alone", async () => {
    move(ENDS);
    on.stage.act("restart", "app");
    await on.stage.daemon(20_000);
    expect(imageOf()).toBe(old);
    const third = move({ kind: "healthy", afterMs: 500 });
    await on.stage.sync();
    expect(imageOf()).toBe(third);
    expect(await present(on.stage)).toMatchObject({ inForce: "a", state: "settled" });
  });
});
