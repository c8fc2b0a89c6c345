import { beforeEach, expect, it } from "vitest";
import { audit } from "../../../src/audit/audit.ts";
import { examine } from "../../../src/inspect/doctor.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const files = (subnet: number, more: Readonly<Record<string, string>> = {}) => ({
  "desired-state/front.network": `[Network]\nSubnet=10.90.${subnet}.0/24\n`,
  "desired-state/web.container":
    "[Container]\nImage=docker.io/library/web:1\nNetwork=front.network\nHealthCmd=check\nNotify=healthy\n",
  ...more,
});

describeFakeHost("a file in the unit directory that podman's generator cannot read", () => {
  const homelab = fakeHomelab();
  const sync = (options = {}) => homelab.quadgate().sync({ attended: false, ...options });
  const reload = () => homelab.host.systemd.daemonReload();
  const path = (name: string) => `${homelab.world.facts.unitDir}/${name}`;
  /** What a person would miss: containers and networks by their ids. */
  const running = () =>
    JSON.stringify([
      homelab.world.contents.containers.map(({ inspect }) => inspect.Id),
      [...homelab.world.contents.networks],
    ]);
  const culprit = () => expect.stringContaining(`error loading "${path("zz.container")}"`);

  beforeEach(async () => {
    homelab.commit(files(1));
    expect((await sync()).result).toBe("applied");
  });

  it("takes nothing down after systemd has forgotten all units beside it", async () => {
    const before = running();
    homelab.world.files.put(path("zz.container"), "garbage\n");
    await reload();
    for (const attended of [false, true]) {
      const { plan, outcomes } = await sync({ attended });
      expect(plan.changes.map(({ unit, action, reasons }) => [unit, action, reasons[0]?.code])).toEqual([
        ["front.network", "none", "generator-fails"],
        ["web.container", "none", "generator-fails"],
      ]);
      expect(outcomes).toEqual([]);
      expect(plan.issues).toEqual([expect.objectContaining({ code: "generator-fails", message: culprit() })]);
    }
    expect(running()).toBe(before);
    homelab.world.files.files.delete(path("zz.container"));
    await reload();
    expect(await sync()).toMatchObject({ result: "in-sync", plan: { issues: [] } });
    expect(running()).toBe(before);
  });

  it("prevents a commit from taking a network down while systemd still knows the units", async () => {
    const before = running();
    homelab.world.files.put(path("zz.container"), "garbage\n");
    homelab.commit(files(2));
    const { plan } = await sync();
    expect(plan.summary.none).toBe(plan.changes.length);
    expect(plan.issues).toEqual([expect.objectContaining({ message: culprit() })]);
    expect(running()).toBe(before);
    homelab.world.files.files.delete(path("zz.container"));
    expect((await sync()).result).toBe("applied");
    expect(running()).toContain("10.90.2.0");
  });

  it("does not block a sync that repairs it", async () => {
    homelab.world.files.put(path("web.container"), "garbage\n");
    await reload();
    const reported = await sync();
    expect(reported.plan.changes.map(({ action }) => action)).toEqual(["none", "none"]);
    expect(reported.plan.issues[0]?.message).toContain(path("web.container"));
    expect((await sync({ attended: true })).result).toBe("applied");
    expect((await sync()).plan.issues).toEqual([]);
  });

  it("is named by drift and doctor too", async () => {
    homelab.world.files.put(path("zz.container"), "garbage\n");
    await reload();
    const { context } = homelab.quadgate();
    const { report } = await audit(context, { only: undefined, head: false, workingTree: undefined });
    const fields = report.instances.flatMap(({ units }) => units.flatMap((unit) => unit.fields));
    expect(fields.filter(({ field }) => field === "loaded").map(({ message }) => message)).toEqual([
      culprit(),
      culprit(),
    ]);
    const suggested = report.instances.flatMap(({ units }) => units.flatMap((unit) => unit.suggestions));
    const mend = "fix that file or move it away, then run: systemctl --user daemon-reload";
    expect(suggested).toEqual([mend, mend]);
    const only = (check: string) => check === "quadlet generator";
    expect(await examine(context, only)).toEqual([
      expect.objectContaining({ status: "failed", message: culprit() }),
    ]);
    homelab.world.files.files.delete(path("zz.container"));
    expect(await examine(context, only)).toEqual([expect.objectContaining({ message: "runs" })]);
  });

  it("blocks nothing if it is a folder that the generator skips, and doctor names it", async () => {
    homelab.world.files.unreadable.add(path("data"));
    const { context } = homelab.quadgate();
    const [finding] = await examine(context, (check) => check === "unit directory");
    expect(finding).toMatchObject({
      status: "warning",
      message: `cannot read ${path("data")}: podman's generator skips it, and so does quadgate`,
      fix: expect.stringContaining(`chmod u+rx ${path("data")}`),
    });
    expect(await sync()).toMatchObject({ result: "in-sync", plan: { issues: [] } });
  });

  it("is reported without the text of the line at fault", async () => {
    homelab.world.files.put(path("zz.container"), "hunter2\n");
    await reload();
    const { plan } = await sync();
    expect(plan.issues[0]?.message).toContain("(not shown)");
    expect(JSON.stringify(plan)).not.toContain("hunter2");
  });

  it("is not looked for if there is nothing to apply", async () => {
    const quiet = homelab.quadgate();
    quiet.context.host.quadlet.generateOver = () => Promise.reject(new Error("asked"));
    expect((await quiet.sync({ attended: false })).result).toBe("in-sync");
    homelab.commit(files(2));
    await expect(quiet.sync({ attended: false })).rejects.toThrow("asked");
  });
});
