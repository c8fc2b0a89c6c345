import { beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import type { sync } from "../../support/fake-host/homelab.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\n${more}HealthCmd=check\nNotify=healthy\n`;
const files = (version: number) => ({
  "desired-state/networks.yaml": "front: {}\nback: {}\n",
  "desired-state/web.container": container(`web:${version}`, "Network=front.network\n"),
  "desired-state/db.container": container(`db:${version}`, "Network=back.network\n"),
});

describeFakeHost("a service that a person has masked", () => {
  const homelab = fakeHomelab();
  const codes = (report: Awaited<ReturnType<typeof sync>>, unit: string) =>
    report.plan.changes.find((one) => one.unit === unit)?.reasons.map(({ code }) => code);
  const image = (name: string) => homelab.world.containerNamed(`systemd-${name}`)?.inspect.ImageName;

  beforeEach(async () => {
    homelab.commit(files(1));
    await homelab.sync();
  });

  it("is left alone by a commit to it, which is applied once it is unmasked", async () => {
    homelab.world.contents.masked.add("web.service");
    const before = (await homelab.inventory()).appliedRevision;
    homelab.commit(files(2));
    const planned = await run(homelab.world, homelab, "plan", "web");
    expect(planned.exitCode).toBe(0);
    expect(planned.stdout).toMatch(/leave +web\.container\n +web\.service is masked;.*\[service-masked\]/);
    const report = await homelab.sync();
    expect([report.result, codes(report, "web.container")]).toEqual(["applied", ["service-masked"]]);
    expect(report.outcomes.map(({ unit }) => unit)).toEqual(["db.container"]);
    expect(await homelab.world.files.read(pathOf(homelab.world, "web.container"))).toContain("web:1");
    expect(await homelab.inventory()).toMatchObject({ failed: {}, appliedRevision: before });
    homelab.world.contents.masked.clear();
    expect((await homelab.sync({ attended: false })).result).toBe("applied");
    expect(image("web")).toBe("docker.io/library/web:2");
    expect((await homelab.inventory()).appliedRevision).toBe(homelab.repository.head());
  });

  it("does not keep back a revision that changes nothing of it", async () => {
    homelab.world.contents.masked.add("web.service");
    homelab.commit({
      ...files(1),
      ...{ "desired-state/db.container": files(2)["desired-state/db.container"] },
    });
    await homelab.sync();
    expect((await homelab.inventory()).appliedRevision).toBe(homelab.repository.head());
  });

  it("keeps back what needs it, and nothing else", async () => {
    homelab.world.contents.masked.add("front-network.service");
    homelab.commit({
      ...files(2),
      "desired-state/networks.yaml": "front: { internal: true }\nback: {}\n",
    });
    const planned = await run(homelab.world, homelab, "plan", "web");
    expect([planned.exitCode, planned.stdout]).toEqual([
      0,
      expect.stringMatching(/web\.container needs front-network\.service, which is masked/),
    ]);
    expect(planned.stdout).not.toContain("with errors");
    const report = await homelab.sync();
    expect(report.outcomes.map(({ unit, outcome }) => [unit, outcome])).toEqual([
      ["db.container", "updated"],
    ]);
    expect(codes(report, "front.network")).toEqual(["service-masked"]);
    expect(codes(report, "web.container")).toEqual(["service-masked"]);
    homelab.world.contents.masked.clear();
    expect((await homelab.sync()).result).toBe("applied");
    expect(image("web")).toBe("docker.io/library/web:2");
  });
});
