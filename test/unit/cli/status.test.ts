import { expect, it } from "vitest";
import { readStatus } from "../../../src/inspect/status.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

describeFakeHost("the status of a service", () => {
  const homelab = fakeHomelab();

  it("has the worst health of its containers, whatever their order", async () => {
    homelab.commit({
      "desired-state/web.container":
        "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\nNotify=healthy\n",
    });
    const { sync, context } = homelab.quadgate();
    await sync();
    const [one] = homelab.world.contents.containers;
    if (one === undefined) throw new Error("no container was started");
    const shown = async (...healths: readonly (typeof one)["health"][]) => {
      const containers = healths.map((health, index) => ({ ...one, id: `${one.id}${index}`, health }));
      homelab.world.contents.containers = containers;
      return (await readStatus(context)).units.map(({ health }) => health);
    };
    expect(await shown("unhealthy", "healthy", undefined)).toEqual(["unhealthy"]);
    expect(await shown(undefined, "healthy", "starting")).toEqual(["starting"]);
    expect(await shown(undefined, "healthy")).toEqual(["healthy"]);
    expect(await shown("healthy", undefined)).toEqual(["healthy"]);
    expect(await shown(undefined)).toEqual([""]);
  });
});
