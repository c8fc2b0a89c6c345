import { beforeEach, expect, it } from "vitest";
import { readFolder } from "../../../src/planning/head.ts";
import { planCommit } from "../../../src/planning/plan-commit.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const web = (tag: number) => ({
  "desired-state/web.container": `[Container]\nImage=docker.io/library/web:${tag}\nHealthCmd=check\n`,
});

describeFakeHost("a sync that is given what was observed before it", () => {
  const homelab = fakeHomelab();
  // A sync that has to pull looks again after that.
  beforeEach(() => {
    for (const tag of [1, 2]) homelab.world.contents.images.set(`docker.io/library/web:${tag}`, `id-${tag}`);
  });

  async function observe() {
    const { context } = homelab.quadgate();
    const options = { attended: true, retry: false };
    const tree = await readFolder(context, undefined);
    const { hostPlan } = await planCommit(context, tree, await context.state.readInventory(), options);
    return hostPlan.observed;
  }

  /** How often a sync looks at the host. */
  async function looks(observed?: Awaited<ReturnType<typeof observe>>): Promise<number> {
    const process = homelab.quadgate();
    expect((await process.sync({ observed })).result).toBe("applied");
    return process.events.filter((event) => event.type === "step-started" && event.step === "observe").length;
  }

  it("looks at the host only once more, after it has applied", async () => {
    homelab.commit(web(1));
    expect(await looks(await observe())).toBe(1);
    homelab.commit(web(2));
    expect(await looks()).toBe(2);
  });

  it("looks at the host again if git has another text by then", async () => {
    homelab.commit(web(1));
    const observed = await observe();
    homelab.commit(web(2));
    expect(await looks(observed)).toBe(2);
  });

  it("looks at the host again after a pull, when it decides anew", async () => {
    homelab.commit(web(3));
    expect(await looks(await observe())).toBe(2);
  });
});
