import { beforeEach, describe, expect, it } from "vitest";
import { revertInGit } from "../../../src/control/revert.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string) => ({
  "desired-state/web.container": `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`,
});

describeFakeHost("a revert in git", () => {
  const homelab = fakeHomelab();
  const revert = (revision?: string) => revertInGit(homelab.quadgate().context, revision);
  const running = () => homelab.world.contents.containers.map(({ inspect }) => inspect.ImageName);

  beforeEach(() => {
    homelab.world.contents.behaviours.set("docker.io/library/web:sick", { kind: "unhealthy" });
  });

  it("goes to the last revision before the head that was verified here", async () => {
    const first = homelab.commit(container("web:1"));
    await homelab.sync();
    const second = homelab.commit(container("web:2"), "Take version 2");
    await homelab.sync();
    const { target, revision, undone } = await revert();
    expect(target).toBe(first);
    expect(revision).toBe(homelab.repository.head());
    expect(undone).toEqual([`${second.slice(0, 12)} Take version 2`]);
    expect((await homelab.sync()).result).toBe("applied");
    expect(running()).toEqual(["docker.io/library/web:1"]);
  });

  describe("that follows another", () => {
    const revisions: string[] = [];
    /** Three revisions that were verified, and a fourth that was not. */
    beforeEach(async () => {
      revisions.length = 0;
      for (const image of ["web:1", "web:2", "web:3"]) {
        revisions.push(homelab.commit(container(image), `Take ${image}`));
        await homelab.sync();
      }
      homelab.commit(container("web:sick"), "Break it");
      await homelab.sync();
    });

    it.each([["each synced", true] as const, ["none synced", false] as const])(
      "goes one verified revision further back each time, %s",
      async (_, synced) => {
        const [one = "", two = "", three = ""] = revisions;
        for (const [target, image] of [
          [three, "web:3"],
          [two, "web:2"],
          [one, "web:1"],
        ]) {
          expect((await revert()).target).toBe(target);
          if (synced) await homelab.sync();
          if (synced) expect(running()).toEqual([`docker.io/library/${image}`]);
        }
        await expect(revert()).rejects.toThrow("no earlier revision was verified on this host");
      },
    );

    it("goes back to what an earlier revert left, once there is a newer revision", async () => {
      const [one, two, three] = revisions;
      for (const target of [three, two]) {
        expect((await revert()).target).toBe(target);
        await homelab.sync();
      }
      homelab.commit(container("web:4"), "Take web:4");
      await homelab.sync();
      expect((await revert()).target).toBe(two);
      await homelab.sync();
      expect((await revert()).target).toBe(one);
    });

    it("continues from a revision that a person named", async () => {
      const [one, two] = revisions;
      expect((await revert(two)).target).toBe(two);
      expect((await revert()).target).toBe(one);
    });
  });

  it("skips revisions that were tried and did not become healthy", async () => {
    const good = homelab.commit(container("web:1"));
    await homelab.sync();
    homelab.commit(container("web:sick"), "Break it");
    expect((await homelab.sync()).result).toBe("rolled-back");
    homelab.commit({ ...container("web:sick"), "desired-state/x.volume": "[Volume]\n" }, "Break it more");
    const { target, undone } = await revert();
    expect(target).toBe(good);
    expect(undone.map((line) => line.slice(13))).toEqual(["Break it more", "Break it"]);
    expect((await homelab.sync()).result).toBe("in-sync");
  });

  it("counts a sync of one instance as a full sync if git had nothing else to apply", async () => {
    const named = (name: string, image: string) => ({
      [`desired-state/${name}.container`]: `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`,
    });
    const both = { ...named("web", "web:1"), ...named("db", "db:1") };
    homelab.commit(both);
    await homelab.sync();
    const newer = homelab.commit({ ...both, ...named("web", "web:2") });
    const only = new Set(["web"]);
    expect((await homelab.sync({ only })).record.appliedRevision).toBe(newer);
    homelab.commit({ ...named("web", "web:3"), ...named("db", "db:3") });
    expect((await homelab.sync({ only })).record.appliedRevision).toBe(newer);
    homelab.commit(named("web", "web:3"));
    expect((await homelab.sync({ only })).record.appliedRevision).toBe(newer);
    expect((await revert()).target).toBe(newer);
  });

  it("goes to a named revision, whether it was verified or not", async () => {
    const first = homelab.commit(container("web:1"));
    homelab.commit(container("web:2"));
    await homelab.sync();
    expect((await revert(first.slice(0, 10))).target).toBe(first);
  });

  it("is refused if there is nothing to go back to", async () => {
    const head = homelab.commit(container("web:1"));
    await homelab.sync();
    await expect(revert()).rejects.toThrow("no earlier revision was verified on this host");
    await expect(revert(head)).rejects.toThrow("there is nothing to revert");
    await expect(revert("nothing")).rejects.toThrow('no revision "nothing"');
  });
});
