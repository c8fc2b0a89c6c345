import fc from "fast-check";
import { expect, it } from "vitest";
import { EMPTY_INVENTORY } from "../../src/model/inventory.ts";
import { readDesired } from "../../src/planning/desired.ts";
import { planHost } from "../../src/planning/plan-host.ts";
import { flaws } from "../support/fake-host/checks.ts";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { fakeHomelab } from "../support/fake-host/fixture.ts";
import { quadgate, SHIPPED } from "../support/fake-host/homelab.ts";
import { World } from "../support/fake-host/index.ts";
import { filesOf, homelab } from "../support/random-homelab.ts";

/** Effects that an idle sync may have: to take the lock, to look at git, to note in its own folder. */
const HARMLESS = /^(lock\.acquire|git\.fetch|files\.\w+ \/home\/me\/\.local\/state\/quadgate\/)/;

describeFakeHost("a random homelab", () => {
  const fake = fakeHomelab();
  const start = (world: World) => quadgate(world, fake.repository, { shipped: SHIPPED });

  it("is in force after every edit, and a second sync does nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(homelab, { minLength: 2, maxLength: 3 }), async (revisions) => {
        const world = new World();
        for (const revision of revisions) {
          fake.commit(filesOf(revision));
          const report = await start(world).sync({ allowPrune: true });
          expect(report.plan.issues).toEqual([]);
          expect(["applied", "in-sync"]).toContain(report.result);
          await world.idle();
          const again = start(world);
          const idle = await again.sync();
          expect({ result: idle.result, flaws: await flaws(world, idle.plan) }).toEqual({
            result: "in-sync",
            flaws: [],
          });
          expect(again.connection.effects.filter((effect) => !HARMLESS.test(effect))).toEqual([]);
        }
      }),
      { numRuns: 8 },
    );
  });

  it("gives the same plan in whatever order its files are read", async () => {
    const shuffled = homelab.chain((lab) => {
      const files = Object.entries(filesOf(lab));
      return fc.tuple(
        fc.constant(files),
        fc.shuffledSubarray(files, { minLength: files.length, maxLength: files.length }),
      );
    });
    await fc.assert(
      fc.asyncProperty(shuffled, async (orders) => {
        const plans = await Promise.all(
          orders.map(async (files) => {
            const { context } = start(new World());
            const desired = await readDesired(context, { revision: "c0ffee", files: new Map(files) });
            return (await planHost(context, desired, EMPTY_INVENTORY, { attended: true, retry: false })).plan;
          }),
        );
        const [first, second] = plans.map(({ digest, changes, levels }) => ({ digest, changes, levels }));
        expect(second).toEqual(first);
      }),
      { numRuns: 10 },
    );
  });
});
