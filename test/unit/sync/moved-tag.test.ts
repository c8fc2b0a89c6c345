import { beforeEach, expect, it } from "vitest";
import type { SyncEvent } from "../../../src/model/event.ts";
import { imagePinOf } from "../../../src/model/unit.ts";
import { reconcile } from "../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { moveTag, removeImages } from "../../support/fake-host/index.ts";

const WEB = "docker.io/library/web:1";
const PIN = imagePinOf("web.container");

describeFakeHost("a text whose tag has moved to an image that ends at once", () => {
  const homelab = fakeHomelab();
  const GOOD = "a".repeat(64);
  const BAD = "b".repeat(64);

  const web = (more = "", image = WEB) =>
    homelab.commit({ "desired-state/web.container": `[Container]\nImage=${image}\n${more}` });
  const running = () => homelab.world.contents.containers.map(({ inspect }) => inspect.Image);
  const pin = () => homelab.host.files.read(`${homelab.world.facts.unitDir}/${PIN}`);
  const kept = () =>
    [...homelab.world.contents.images.keys()].filter((name) => name.startsWith("localhost/quadgate/kept:"));
  const keptName = (id: string) => `localhost/quadgate/kept:${id}`;

  beforeEach(() => {
    const { contents } = homelab.world;
    contents.images.set(WEB, GOOD);
    contents.registry.set(WEB, GOOD);
    contents.behaviours.set(BAD, { kind: "ends", afterMs: 100, status: 1 });
  });

  function move(): void {
    moveTag(homelab.world, WEB, BAD);
    homelab.world.contents.registry.set(WEB, BAD);
  }

  it("names the image that runs, so that a prune leaves it, and no other", async () => {
    web();
    expect((await homelab.sync()).result).toBe("applied");
    expect(kept()).toEqual([keptName(GOOD)]);
    move();
    homelab.world.contents.containers = [];
    removeImages(homelab.world);
    expect(homelab.world.contents.images.get(keptName(GOOD))).toBe(GOOD);
    expect(homelab.world.contents.images.get(WEB)).toBe(BAD);
  });

  it.each([[""], ["Pull=newer\n"], ["AutoUpdate=registry\n"]])(
    "goes back with its image, and stays so: %j",
    async (lines) => {
      web(lines);
      await homelab.sync();
      move();
      web(`${lines}Label=a=b\n`);
      expect((await homelab.sync()).result).toBe("rolled-back");
      expect(running()).toEqual([GOOD]);
      expect(await pin()).toContain(`[Container]\nImage=${keptName(GOOD)}\nPull=never\nAutoUpdate=\n`);
      expect(homelab.world.contents.images.get(WEB)).toBe(BAD);
      const { plan, outcomes } = await homelab.sync();
      expect(plan.changes.filter(({ action }) => action !== "none")).toEqual([]);
      expect(outcomes).toEqual([]);
      expect(running()).toEqual([GOOD]);
    },
  );

  it("lets go of the name once nothing goes back to the image, and of no other name", async () => {
    web();
    await homelab.sync();
    homelab.commit({ "desired-state/x.volume": "[Volume]\n" });
    await homelab.sync({ allowPrune: true });
    expect(kept()).toEqual([]);
    expect(homelab.world.contents.images.get(WEB)).toBe(GOOD);
  });

  it("is applied with a warning if podman cannot name the image", async () => {
    web();
    const { context } = homelab.quadgate();
    const refuse = () => Promise.reject(new Error("no space left on device"));
    const warnings: string[] = [];
    const limited = {
      ...context,
      host: { ...context.host, podman: { ...context.host.podman, tag: refuse } },
      emit: (event: SyncEvent) => void (event.type === "warning" && warnings.push(event.message)),
    };
    const report = await reconcile(limited, { trigger: "test", attended: true, lockWaitMs: 0 });
    expect(report.result).toBe("applied");
    expect(warnings).toContain("images to go back to may be pruned: no space left on device");
  });

  it("loses its pin with a newer text, even where nothing is pruned", async () => {
    web();
    await homelab.sync();
    move();
    web("Label=a=b\n");
    await homelab.sync();
    homelab.commit({ "quadgate.yaml": "prune: { enabled: false }\n" });
    web("", "docker.io/library/web:2");
    expect((await homelab.sync()).result).toBe("applied");
    expect(await pin()).toBeUndefined();
    expect((await homelab.inventory()).units[PIN]).toBeUndefined();
    expect(running()).toEqual([homelab.world.contents.images.get("docker.io/library/web:2")]);
  });

  it("goes back to the old image again if git returns to the old text", async () => {
    web();
    await homelab.sync();
    move();
    web("Label=a=b\n");
    await homelab.sync();
    web();
    expect((await homelab.sync()).result).toBe("rolled-back");
    expect(running()).toEqual([GOOD]);
    expect(await pin()).toContain(keptName(GOOD));
    const { plan } = await homelab.sync();
    expect(plan.leftAlone.get("web")?.code).toBe("failed-before");
    expect(running()).toEqual([GOOD]);
  });

  it("stays as it is if the old image is gone, and goes back once it is there again", async () => {
    web();
    await homelab.sync();
    move();
    homelab.world.contents.containers = [];
    homelab.world.contents.images.delete(keptName(GOOD));
    homelab.world.contents.untagged.delete(GOOD);
    web("Label=a=b\n");
    const { result, record } = await homelab.sync();
    expect([result, JSON.stringify(record)]).toEqual([
      "failed",
      expect.stringContaining("no longer on this host"),
    ]);
    homelab.world.contents.untagged.add(GOOD);
    await homelab.sync();
    expect(running()).toEqual([GOOD]);
  });
});
