import { beforeEach, describe, expect, it } from "vitest";
import { approveHeld } from "../../../src/control/approve.ts";
import type { Podman } from "../../../src/model/host.ts";
import { createPulls } from "../../../src/pull/index.ts";
import { openState } from "../../../src/state/index.ts";
import { Overtaken } from "../../../src/sync/images-first.ts";
import { reconcile, type SyncOptions } from "../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const IMAGE = "docker.io/library";
const container = (image: string, more = "") =>
  `[Container]\nImage=${IMAGE}/${image}\nHealthCmd=check\n${more}`;
const files = (version: number) => ({
  "desired-state/web.container": container(`web:${version}`),
  "desired-state/db.container": container(`db:${version}`),
});

describeFakeHost("images first", () => {
  const homelab = fakeHomelab();
  const images = () => homelab.world.contents.containers.map(({ inspect }) => inspect.ImageName).sort();
  const lacks = (image: string) =>
    homelab.world.contents.behaviours.set(`${IMAGE}/${image}`, { kind: "no-image" });

  /** One sync during whose pulls something happens. */
  function during(
    bring: (image: string, pull: () => ReturnType<Podman["bringImage"]>) => Promise<string | undefined>,
    options: Partial<SyncOptions> = {},
  ) {
    const { context } = homelab.quadgate();
    const { podman } = context.host;
    const bringImage: Podman["bringImage"] = (need, asked) =>
      bring(need.image, () => podman.bringImage(need, asked));
    const host = { ...context.host, podman: { ...podman, bringImage } };
    return reconcile({ ...context, host }, { trigger: "test", attended: true, lockWaitMs: 0, ...options });
  }

  beforeEach(async () => {
    homelab.commit(files(1));
    expect((await homelab.sync()).result).toBe("applied");
  });

  it("leaves the instance alone whose image cannot be had, and takes the others on", async () => {
    const revision = homelab.commit(files(2));
    lacks("web:2");
    const report = await homelab.sync();
    expect(report.result).toBe("applied");
    expect(images()).toEqual([`${IMAGE}/db:2`, `${IMAGE}/web:1`]);
    expect(report.plan.leftAlone.get("web")?.code).toBe("image-unavailable");
    expect(report.plan.issues).toEqual([
      expect.objectContaining({
        code: "image-unavailable",
        instance: "web",
        message: `web needs an image that podman cannot pull: ${IMAGE}/web:2: manifest unknown`,
        place: { file: "desired-state/web.container" },
      }),
    ]);
    const inventory = await homelab.inventory();
    expect(inventory.appliedRevision).not.toBe(revision);
    expect(inventory.failed).toEqual({});
    homelab.world.contents.behaviours.clear();
    expect((await homelab.sync()).result).toBe("applied");
    expect(images()).toEqual([`${IMAGE}/db:2`, `${IMAGE}/web:2`]);
    expect((await homelab.inventory()).appliedRevision).toBe(revision);
  });

  it("stops nothing and holds no lock while podman pulls", async () => {
    homelab.commit(files(2));
    const seen: unknown[] = [];
    await during(async (_, pull) => {
      seen.push(images(), homelab.world.locks.size);
      return pull();
    });
    expect(seen).toEqual([[`${IMAGE}/db:1`, `${IMAGE}/web:1`], 0, [`${IMAGE}/db:1`, `${IMAGE}/web:1`], 0]);
  });

  it("decides again from git as it is then", async () => {
    homelab.commit(files(2));
    const pulled: string[] = [];
    await during(async (image, pull) => {
      if (pulled.length === 0) homelab.commit(files(3));
      pulled.push(image);
      return pull();
    });
    expect(images()).toEqual([`${IMAGE}/db:3`, `${IMAGE}/web:3`]);
    expect(pulled.sort()).toEqual(["db:2", "db:3", "web:2", "web:3"].map((name) => `${IMAGE}/${name}`));
  });

  it("changes nothing if quadgate is asked to end meanwhile", async () => {
    homelab.commit(files(2));
    const stop = new AbortController();
    const before = JSON.stringify(await homelab.inventory());
    const ended = during(
      async () => {
        stop.abort();
        return "killed";
      },
      { signal: stop.signal },
    );
    await expect(ended).rejects.toMatchObject({ reason: "interrupted" });
    expect(JSON.stringify(await homelab.inventory())).toBe(before);
    expect(homelab.world.locks.size).toBe(0);
  });

  it("lets a later sync of the process take over", async () => {
    homelab.commit(files(2));
    const pulls = createPulls(homelab.host);
    let released = 0;
    const onRelease = () => {
      released += 1;
    };
    const { context } = homelab.quadgate();
    const options = { trigger: "test", attended: false, lockWaitMs: 0, pulls, onRelease };
    let second: ReturnType<typeof reconcile> | undefined;
    const { podman } = context.host;
    const bringImage: Podman["bringImage"] = async (need, asked) => {
      second ??= reconcile(context, options);
      await second;
      return podman.bringImage(need, asked);
    };
    const host = { ...context.host, podman: { ...podman, bringImage } };
    const first = reconcile({ ...context, host }, { ...options, pulls: createPulls(host) });
    expect((await first).result).toBe("in-sync");
    expect((await second)?.result).toBe("applied");
    // Each lets go twice: to pull, and to watch.
    expect(released).toBe(4);
  });

  it("is overtaken by a later sync that shares its pulls", async () => {
    homelab.commit(files(2));
    const { context } = homelab.quadgate();
    let second: ReturnType<typeof reconcile> | undefined;
    const { podman } = context.host;
    const options = { trigger: "test", attended: false, lockWaitMs: 0 };
    const bringImage: Podman["bringImage"] = async (need, asked) => {
      second ??= reconcile({ ...context, host }, { ...options, pulls });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return podman.bringImage(need, asked);
    };
    const host = { ...context.host, podman: { ...podman, bringImage } };
    const pulls = createPulls(host);
    await expect(reconcile({ ...context, host }, { ...options, pulls })).rejects.toBeInstanceOf(Overtaken);
    expect((await second)?.result).toBe("applied");
    expect(images()).toEqual([`${IMAGE}/db:2`, `${IMAGE}/web:2`]);
  });

  describe("and the gate", () => {
    beforeEach(() => {
      homelab.world.healthScore = 80;
      homelab.commit(files(2));
    });
    const state = () => openState(homelab.world);
    const approve = async () => {
      const held = await homelab.sync({ attended: false });
      expect(held.result).toBe("held");
      await approveHeld(homelab.quadgate().context, held.plan.digest);
    };

    it("asks a person once, although the images' ids are known only then", async () => {
      let asked = 0;
      const confirm = async () => {
        asked += 1;
        return true;
      };
      expect((await homelab.sync({ confirm })).result).toBe("applied");
      expect(asked).toBe(1);
    });

    it("asks again if git wants more by then", async () => {
      let asked = 0;
      const confirm = async () => {
        asked += 1;
        return true;
      };
      await during(
        async (_, pull) => {
          homelab.commit({ ...files(2), "desired-state/more.container": container("more:1") });
          return pull();
        },
        { confirm },
      );
      expect(asked).toBe(2);
      expect(images()).toContain(`${IMAGE}/more:1`);
    });

    it("pulls nothing for a plan that it holds", async () => {
      const process = homelab.quadgate();
      expect((await process.sync()).result).toBe("held");
      expect(process.connection.effects.filter((effect) => effect.includes("bringImage"))).toEqual([]);
    });

    it("lets an approved plan through, also after a sync that was killed while it pulled", async () => {
      await approve();
      const killed = homelab.quadgate({ faults: { fault: "dies", at: 5, among: "effects" } });
      await expect(killed.sync({ attended: false })).rejects.toThrow("killed");
      expect(killed.connection.effects.at(-1)).toMatch(/bringImage/);
      const named = [...homelab.world.contents.images.keys()].filter((name) => name.startsWith(IMAGE));
      expect(named).toHaveLength(3);
      expect((await homelab.sync({ attended: false })).result).toBe("applied");
      expect(await state().readApproval()).toBeNull();
    });

    it("keeps the approval for the part whose image was missing", async () => {
      await approve();
      lacks("web:2");
      await homelab.sync({ attended: false });
      expect(images()).toEqual([`${IMAGE}/db:2`, `${IMAGE}/web:1`]);
      homelab.world.contents.behaviours.clear();
      expect((await homelab.sync({ attended: false })).result).toBe("applied");
      expect(images()).toEqual([`${IMAGE}/db:2`, `${IMAGE}/web:2`]);
    });
  });
});
