import { beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, unit = "") =>
  `${unit}[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`;
const files = (version: number) => ({
  "desired-state/cache.container": container(`cache:${version}`),
  "desired-state/app.container": container("app:1", "[Unit]\nRequires=cache.service\nAfter=cache.service\n"),
  "desired-state/page.container": container("page:1", "[Unit]\nAfter=app.service\n"),
});

describeFakeHost("the risk of restarting a service that others need", () => {
  const homelab = fakeHomelab();
  /** Unattended, so that what is down stays down. */
  const risk = async () => {
    const settings = { gate: { block: 100, confirm: 100 } };
    const { verdict } = await homelab.quadgate({ settings }).sync({ attended: false });
    return verdict.risk.terms.filter(({ code }) => code !== "risk-score").map(({ weight }) => weight);
  };

  beforeEach(async () => {
    homelab.commit(files(1));
    await homelab.quadgate().sync();
    homelab.world.healthScore = 99;
    homelab.commit(files(2));
  });

  it("counts the services that run, whether they need it directly or not", async () => {
    expect(await risk()).toEqual([2, 6]);
  });

  it("counts a service that waits through one that is down", async () => {
    await homelab.host.systemd.stop("app.service");
    expect(await risk()).toEqual([1, 6]);
  });

  it("does not count a service that is down", async () => {
    const { systemd } = homelab.host;
    await systemd.stop("app.service");
    await systemd.stop("page.service");
    expect(await risk()).toEqual([3]);
  });
});
