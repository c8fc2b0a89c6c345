import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { moveTag } from "../../../support/fake-host/index.ts";
import { present, settlingStage } from "../../../support/settling/fixture.ts";

const REFERENCE = "docker.io/library/both:1";
const unit = (name: string, label: string) => `[Container]
Image=${REFERENCE}
ContainerName=${name}
Environment=V=${label}
[Service]
Restart=always
[Install]
WantedBy=default.target
`;

describeFakeHost("a tag of two instances that has moved", () => {
  const on = settlingStage();
  const imageOf = (name: string) => on.stage.world.containerNamed(name)?.inspect.Image;
  const pin = (name: string) => {
    const folder = `${on.stage.world.facts.unitDir}/${name}.container.d/`;
    return [...on.stage.world.files.files].find(([path]) => path.startsWith(folder))?.[1].content;
  };

  /** Two good texts, and then newer ones of both with the image that their tag means by now. */
  async function moved(endsAfterMs: number): Promise<{ readonly old: unknown; readonly next: string }> {
    on.stage.commit({ "app.container": unit("app", "a"), "web.container": unit("web", "a") });
    await on.stage.sync();
    await on.stage.daemon(90_000);
    const old = imageOf("app");
    const next = on.stage.world.newId();
    moveTag(on.stage.world, REFERENCE, next);
    // With this image one of them ends, and the other one is well.
    on.stage.world.contents.nextStarts.set("app.service", [
      { kind: "ends", afterMs: endsAfterMs, status: 1 },
    ]);
    on.stage.commit({ "app.container": unit("app", "b"), "web.container": unit("web", "b") });
    await on.stage.sync();
    await on.stage.daemon(50_000);
    return { old, next };
  }

  it.each([4_000, 25_000])(
    "is the old image for the one that ended after %i ms, and for it alone",
    async (ms) => {
      const { old, next } = await moved(ms);
      expect(await present(on.stage)).toEqual({ inForce: "a", runs: true, state: "good" });
      expect(await present(on.stage, "web")).toMatchObject({ inForce: "b", runs: true });
      expect([imageOf("app"), imageOf("web")]).toEqual([old, next]);
      expect(on.stage.world.contents.images.get(REFERENCE)).toBe(next);
      expect(pin("app")).toContain("Pull=never");
      expect(pin("web")).toBeUndefined();
      expect(Object.keys((await on.stage.inventory()).failed)).toEqual(["app"]);
    },
  );

  it("is as it was for both after further syncs and a restart by hand", async () => {
    const { old, next } = await moved(4_000);
    await on.stage.daemon(90_000);
    for (const name of ["app", "web"]) on.stage.act("restart", name);
    await on.stage.daemon(20_000);
    expect([imageOf("app"), imageOf("web")]).toEqual([old, next]);
    expect(on.stage.world.contents.images.get(REFERENCE)).toBe(next);
    expect((await present(on.stage, "web")).state).toBe("good");
  });

  it("is the new image for both once a newer text of the one that ended is well", async () => {
    const { next } = await moved(4_000);
    on.stage.commit({ "app.container": unit("app", "c") });
    expect((await on.stage.sync()).result).toBe("applied");
    expect([imageOf("app"), imageOf("web")]).toEqual([next, next]);
    expect(pin("app")).toBeUndefined();
  });
});
