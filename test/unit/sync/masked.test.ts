import { afterEach, beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { inventoryOf, sync } from "../../support/fake-host/homelab.ts";
import { TestRepository, World } from "../../support/fake-host/index.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\n${more}HealthCmd=check\nNotify=healthy\n`;
const files = (version: number) => ({
  "desired-state/networks.yaml": "front: {}\nback: {}\n",
  "desired-state/web.container": container(`web:${version}`, "Network=front.network\n"),
  "desired-state/db.container": container(`db:${version}`, "Network=back.network\n"),
});

describeFakeHost("a service that a person has masked", () => {
  let repository: TestRepository;
  let world: World;
  const codes = (report: Awaited<ReturnType<typeof sync>>, unit: string) =>
    report.plan.changes.find((one) => one.unit === unit)?.reasons.map(({ code }) => code);
  const image = (name: string) => world.containerNamed(`systemd-${name}`)?.inspect.ImageName;

  beforeEach(async () => {
    repository = new TestRepository();
    world = new World();
    repository.commit(files(1));
    await sync(world, repository);
  });
  afterEach(() => repository.remove());

  it("is left alone by a commit to it, which is applied once it is unmasked", async () => {
    world.contents.masked.add("web.service");
    const before = (await inventoryOf(world)).appliedRevision;
    repository.commit(files(2));
    const planned = await run(world, { repository }, "plan", "web");
    expect(planned.exitCode).toBe(0);
    expect(planned.stdout).toMatch(/leave +web\.container\n +web\.service is masked;.*\[service-masked\]/);
    const report = await sync(world, repository);
    expect([report.result, codes(report, "web.container")]).toEqual(["applied", ["service-masked"]]);
    expect(report.outcomes.map(({ unit }) => unit)).toEqual(["db.container"]);
    expect(await world.files.read(pathOf(world, "web.container"))).toContain("web:1");
    expect(await inventoryOf(world)).toMatchObject({ failed: {}, appliedRevision: before });
    world.contents.masked.clear();
    expect((await sync(world, repository, { attended: false })).result).toBe("applied");
    expect(image("web")).toBe("docker.io/library/web:2");
    expect((await inventoryOf(world)).appliedRevision).toBe(repository.head());
  });

  it("keeps back no revision that changes nothing of it", async () => {
    world.contents.masked.add("web.service");
    repository.commit({
      ...files(1),
      ...{ "desired-state/db.container": files(2)["desired-state/db.container"] },
    });
    await sync(world, repository);
    expect((await inventoryOf(world)).appliedRevision).toBe(repository.head());
  });

  it("keeps back what needs it, and nothing else", async () => {
    world.contents.masked.add("front-network.service");
    repository.commit({
      ...files(2),
      "desired-state/networks.yaml": "front: { internal: true }\nback: {}\n",
    });
    const planned = await run(world, { repository }, "plan", "web");
    expect([planned.exitCode, planned.stdout]).toEqual([
      0,
      expect.stringMatching(/web\.container needs front-network\.service, which is masked/),
    ]);
    expect(planned.stdout).not.toContain("with errors");
    const report = await sync(world, repository);
    expect(report.outcomes.map(({ unit, outcome }) => [unit, outcome])).toEqual([
      ["db.container", "updated"],
    ]);
    expect(codes(report, "front.network")).toEqual(["service-masked"]);
    expect(codes(report, "web.container")).toEqual(["service-masked"]);
    world.contents.masked.clear();
    expect((await sync(world, repository)).result).toBe("applied");
    expect(image("web")).toBe("docker.io/library/web:2");
  });
});
