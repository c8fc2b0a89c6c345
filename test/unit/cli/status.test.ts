import { expect, it } from "vitest";
import { readStatus } from "../../../src/inspect/status.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { quadgate } from "../../support/fake-host/homelab.ts";
import { TestRepository, World } from "../../support/fake-host/index.ts";

describeFakeHost("the status of a service", () => {
  it("has the worst health of its containers, whatever their order", async () => {
    const repository = new TestRepository();
    const world = new World();
    try {
      repository.commit({
        "desired-state/web.container":
          "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\nNotify=healthy\n",
      });
      const { sync, context } = quadgate(world, repository);
      await sync();
      const [one] = world.contents.containers;
      if (one === undefined) throw new Error("no container was started");
      const shown = async (...healths: readonly (typeof one)["health"][]) => {
        const containers = healths.map((health, index) => ({ ...one, id: `${one.id}${index}`, health }));
        world.contents.containers = containers;
        return (await readStatus(context)).units.map(({ health }) => health);
      };
      expect(await shown("unhealthy", "healthy", undefined)).toEqual(["unhealthy"]);
      expect(await shown(undefined, "healthy", "starting")).toEqual(["starting"]);
      expect(await shown(undefined, "healthy")).toEqual(["healthy"]);
      expect(await shown("healthy", undefined)).toEqual(["healthy"]);
      expect(await shown(undefined)).toEqual([""]);
    } finally {
      repository.remove();
    }
  });
});
