import { expect, it } from "vitest";
import { CommandError } from "../../../src/model/errors.ts";
import type { SyncReport } from "../../../src/sync/reconcile.ts";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n${more}`;
const lan = (subnet: string) => `lan: { subnet: ${subnet} }\n`;
const ON_LAN = "Network=lan.network\n";

describeFakeHost("a service that systemd refuses to stop", () => {
  const homelab = fakeHomelab();
  const commit = (files: Readonly<Record<string, string>>) =>
    homelab.commit(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`desired-state/${name}`, text])),
    );
  const images = () =>
    homelab.world.contents.containers
      .map(({ inspect }) => String(inspect.ImageName).replace(/.*\//, ""))
      .sort();
  const outcomeOf = ({ outcomes }: SyncReport, name: string) => {
    const found = outcomes.find(({ unit }) => unit === name);
    return [found?.outcome, found?.message];
  };

  /** A sync of a process in which systemd refuses to stop a.service. */
  async function syncRefused(): Promise<SyncReport> {
    const process = homelab.quadgate();
    const { systemd } = process.connection.host;
    const { stop, restart } = systemd;
    const refuse = (verb: string, name: string) => {
      if (name === "a.service") throw new CommandError(`systemctl ${verb} ${name}`, 1, "Operation refused");
    };
    // As systemd does with `RefuseManualStop=yes`.
    Object.assign(systemd, {
      stop: async (name: string) => {
        refuse("stop", name);
        await stop(name);
      },
      restart: async (name: string, timeoutMs: number) => {
        refuse("restart", name);
        await restart(name, timeoutMs);
      },
    });
    return process.sync({ allowPrune: true });
  }

  it("keeps its own deletion from being finished, and nothing else; the next sync has another way", async () => {
    commit({
      "a.container": container("a:1"),
      "b.container": container("b:1"),
      "c.container": container("c:1"),
    });
    await homelab.sync();
    commit({ "c.container": container("c:2") });
    const report = await syncRefused();
    expect(outcomeOf(report, "a.container")).toEqual([
      "skipped",
      "a.service was not stopped: systemctl stop a.service: Operation refused",
    ]);
    expect(images()).toEqual(["a:1", "c:2"]);
    expect((await syncRefused()).outcomes).toMatchObject([{ unit: "a.container", outcome: "deleted" }]);
    expect(images()).toEqual(["c:2"]);
  });

  it("keeps its text, its container and its network, which stays below it", async () => {
    const files = (version: number) => ({
      "networks.yaml": lan(`10.1.${version}.0/24`),
      "a.container": container(`a:${version}`, ON_LAN),
      "a.container.d/10-v.conf": `[Container]\nEnvironment=V=${version}\n`,
      "b.container": container("b:1", ON_LAN),
      "c.container": container(`c:${version}`),
    });
    commit(files(1));
    await homelab.sync();
    const before = homelab.world.containerNamed("systemd-a")?.id;
    commit(files(2));
    const report = await syncRefused();
    expect(outcomeOf(report, "a.container")[0]).toBe("failed");
    expect(outcomeOf(report, "a.container.d/10-v.conf")[0]).toBe("failed");
    expect(outcomeOf(report, "lan.network")).toEqual([
      "failed",
      expect.stringContaining("network systemd-lan stays: a.service is on it and was not stopped"),
    ]);
    expect(homelab.world.containerNamed("systemd-a")?.id).toBe(before);
    expect(images()).toEqual(["a:1", "b:1", "c:2"]);
    for (const [name, text] of [
      ["a.container", "a:1"],
      ["a.container.d/10-v.conf", "V=1"],
      ["lan.network", "10.1.1.0/24"],
    ] as const)
      expect(await homelab.world.files.read(pathOf(homelab.world, name))).toContain(text);
  });

  it("is not killed while it is still stopping and systemd has forgotten it", async () => {
    commit({ "a.container": container("a:1"), "b.container": container("b:1") });
    await homelab.sync();
    commit({ "b.container": container("b:1") });
    await syncRefused();
    Object.assign(homelab.world.runOf("a.service"), { active: "deactivating" });
    expect(outcomeOf(await homelab.sync(), "a.container")).toEqual([
      "skipped",
      "a.service is still stopping",
    ]);
    expect(images()).toEqual(["a:1", "b:1"]);
  });
});
