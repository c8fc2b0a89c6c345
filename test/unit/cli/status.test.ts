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

  it("names the revision of the sync that began last, whichever ended last", async () => {
    homelab.commit({ "desired-state/web.container": "[Container]\nImage=docker.io/library/web:1\n" });
    const { sync, context } = homelab.quadgate();
    const { record } = await sync();
    const note = (revision: string, trigger: string, startedAt: string) =>
      context.state.appendRecord({ ...record, id: revision, revision, trigger, startedAt });
    await note("newer", "cli", "2099-01-01T00:00:05.000Z");
    await note("older", "cli", "2099-01-01T00:00:01.000Z");
    await note("put-back", "probation", "2099-01-01T00:00:09.000Z");
    const { attemptedRevision, lastSync } = await readStatus(context);
    expect([attemptedRevision, lastSync?.revision]).toEqual(["newer", "put-back"]);
  });
});
