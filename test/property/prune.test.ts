import fc from "fast-check";
import { expect, it } from "vitest";
import { pathOf } from "../support/fake-host/checks.ts";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { fakeHomelab } from "../support/fake-host/fixture.ts";
import { SHIPPED } from "../support/fake-host/homelab.ts";
import { World } from "../support/fake-host/index.ts";
import { filesOf, homelab } from "../support/random-homelab.ts";

/** What makes an instance be left as it is; the manifest's text after it. */
const REASONS_TO_LEAVE_ALONE = {
  suspended: (manifest: string) => `${manifest}suspend: true\n`,
  invalid: (manifest: string) => `${manifest}memry: 1G\n`,
  unreadable: (manifest: string) => `${manifest}: [\n`,
};

const FOREIGN = `[Container]
Image=docker.io/library/hand:1
ContainerName=hand-made
Network=front.network
`;

describeFakeHost("a sync with instances that it leaves alone and a hand-made unit beside them", () => {
  const fake = fakeHomelab();

  /** Everything that must not change: units, containers by id, invocations of services. */
  function portrait(world: World, units: readonly string[]): unknown {
    const { containers, runs } = world.contents;
    const services = new Set(units.map((unit) => unit.replace(/\.container$/, ".service")));
    return {
      files: units.map((unit) => [unit, world.files.files.get(pathOf(world, unit))?.content]),
      containers: containers.filter(({ service }) => services.has(service)),
      runs: [...runs].filter(([service]) => services.has(service)),
    };
  }

  it("deletes only what the inventory has, and touches neither these instances nor that unit", async () => {
    const edit = fc.record({
      before: homelab,
      after: homelab,
      why: fc.constantFrom(...Object.keys(REASONS_TO_LEAVE_ALONE)) as fc.Arbitrary<
        keyof typeof REASONS_TO_LEAVE_ALONE
      >,
      leftAlone: fc.constantFrom("alpha", "beta", "gamma"),
      attended: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(edit, async ({ before, after, why, leftAlone, attended }) => {
        const world = new World();
        fake.world = world;
        const subnets = { front: 1, ...before.subnets };
        fake.commit(filesOf({ ...before, subnets }));
        const first = await fake.quadgate({ shipped: SHIPPED }).sync();
        expect(first.result).toBe("applied");
        world.files.put(pathOf(world, "hand.container"), FOREIGN);
        const { systemd } = fake.host;
        await systemd.daemonReload();
        await systemd.restart("hand.service", 1_000);
        await world.idle();

        const inventory = await fake.inventory();
        const own = Object.entries(inventory.units).filter(([, { instance }]) => instance === leftAlone);
        const untouched = ["hand.container", ...own.map(([unit]) => unit)];
        const files = filesOf(after);
        const manifest = `desired-state/${leftAlone}.yaml`;
        const isLeftAlone = files[manifest] !== undefined;
        if (isLeftAlone) files[manifest] = REASONS_TO_LEAVE_ALONE[why](files[manifest] ?? "");
        fake.commit(files);
        const was = portrait(world, isLeftAlone ? untouched : ["hand.container"]);
        world.removed.length = 0;
        const report = await fake.quadgate({ shipped: SHIPPED }).sync({
          allowPrune: true,
          attended,
        });
        await world.idle();

        expect(portrait(world, isLeftAlone ? untouched : ["hand.container"])).toEqual(was);
        const owned = Object.keys(inventory.units).map((unit) => pathOf(world, unit));
        const removed = world.removed.filter((path) => !path.startsWith(world.facts.stateDir));
        expect(owned).toEqual(expect.arrayContaining(removed));
        const touched = report.plan.changes.filter(({ action }) => action !== "none");
        if (isLeftAlone) expect(touched.map(({ instance }) => instance)).not.toContain(leftAlone);
        for (const { unit, action } of touched)
          if (action === "delete") expect(Object.keys(inventory.units)).toContain(unit);
      }),
      { numRuns: 10 },
    );
  });
});
