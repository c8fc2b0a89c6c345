import { expect, it } from "vitest";
import { audit } from "../../../src/audit/audit.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import type { sync } from "../../support/fake-host/homelab.ts";

const web = (to: string, image = "web:1", mode = "0644") => `pattern: reverse-proxy-backend
image: docker.io/library/${image}
hostname: web.example.org
port: 80
health: { cmd: "check", interval: 1h }
files: [{ from: files/web.conf, to: ${to}, mode: "${mode}" }]
`;
const OTHER = "[Container]\nImage=docker.io/library/other:1\nHealthCmd=check\nNotify=healthy\n";

describeFakeHost("a file that belongs to an instance", () => {
  const homelab = fakeHomelab();
  const commit = (to: string, image?: string) =>
    homelab.commit({
      "desired-state/web.yaml": web(to, image),
      "desired-state/other.container": OTHER,
      "files/web.conf": `for ${image ?? "the web"}\n`,
    });
  const isUp = (name: string) => homelab.world.containerNamed(name)?.status === "running";

  it("is not written if a folder stands in its place in the unit directory; other instances are deployed", async () => {
    const path = `${homelab.world.facts.unitDir}/other.container`;
    homelab.world.files.put(`${path}/notes.txt`, "a note");
    homelab.commit({ "desired-state/other.container": OTHER, "desired-state/x.volume": "[Volume]\n" });
    const { plan, outcomes } = await homelab.sync();
    expect(plan.issues).toEqual([
      expect.objectContaining({
        code: "file-obstructed",
        instance: "other",
        message: `${path} should be a file, but it is a folder`,
      }),
    ]);
    expect(outcomes.map(({ unit, outcome }) => `${outcome} ${unit}`)).toEqual(["created x.volume"]);
    expect(await homelab.world.files.read(`${path}/notes.txt`)).toBe("a note");
  });

  it("is left alone while its drop-ins cannot be read; other instances are deployed", async () => {
    const web = "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\nNotify=healthy\n";
    const files = { "desired-state/web.container": web, "desired-state/other.container": OTHER };
    homelab.commit(files);
    await homelab.sync();
    const folder = `${homelab.world.facts.unitDir}/web.container.d`;
    homelab.world.files.unreadable.add(folder).add(`${homelab.world.facts.unitDir}/data`);
    homelab.commit({
      "desired-state/web.container": web.replace("web:1", "web:2"),
      "desired-state/other.container": OTHER.replace("other:1", "other:2"),
    });
    const { plan, outcomes } = await homelab.sync();
    expect(plan.issues).toEqual([
      expect.objectContaining({
        code: "file-obstructed",
        instance: "web",
        message: `${folder}, which belongs to web.container, is a folder that cannot be read (EACCES)`,
        hint: `chmod u+rwx ${folder}, or move it away`,
      }),
    ]);
    expect(outcomes.map(({ unit, outcome }) => `${outcome} ${unit}`)).toEqual(["updated other.container"]);
    const { context } = homelab.quadgate();
    const { report } = await audit(context, { only: undefined, head: false, workingTree: undefined });
    const wrong = report.instances.filter(({ status }) => status === "drift");
    const fields = wrong.flatMap(({ units }) => units.flatMap((one) => one.fields));
    expect(fields.filter(({ status }) => status === "drift").map(({ message }) => message)).toEqual([
      "web.container.d, which belongs to it, is a folder that cannot be read (EACCES)",
    ]);
    homelab.world.files.unreadable.delete(folder);
    expect((await homelab.sync()).result).toBe("applied");
  });

  it("is not written if a folder stands in its place, which stays whatever git says next", async () => {
    homelab.world.files.put("/srv/photos/one.jpg", "a photo");
    commit("/srv/photos");
    const report = await homelab.sync();
    const issues = report.plan.issues.map(({ code, instance }) => `${instance} ${code}`);
    expect(issues).toContain("web file-obstructed");
    expect([isUp("web"), isUp("systemd-other")]).toEqual([false, true]);
    expect(Object.keys((await homelab.inventory()).units)).not.toContain("/srv/photos");
    commit("/srv/web.conf");
    expect((await homelab.sync()).result).toBe("applied");
    expect(await homelab.world.files.read("/srv/photos/one.jpg")).toBe("a photo");
    expect(await homelab.world.files.read("/srv/web.conf")).toContain("for");
  });

  it.each(["state/quadgate/approval.json", "state/quadgate/units/x/y"])(
    "is not written to quadgate's own ~/.local/%s; other instances are deployed",
    async (path) => {
      const place = `${homelab.world.facts.home}/.local/${path}`;
      commit(`~/.local/${path}`);
      const { plan } = await homelab.sync();
      expect(plan.issues).toMatchObject([
        {
          code: "value-invalid",
          instance: "web",
          message: `${place} would be written where quadgate keeps its own state`,
          place: { file: "desired-state/web.yaml", line: 6 },
        },
      ]);
      expect([isUp("web"), isUp("systemd-other")]).toEqual([false, true]);
      expect(homelab.world.files.files.has(place)).toBe(false);
    },
  );

  it("is not written to a place that settings of the host are read from", async () => {
    commit("~/.config/quadgate/config.yaml");
    const { plan } = await homelab.sync();
    expect(plan.issues).toMatchObject([
      { instance: "web", message: expect.stringContaining("where quadgate looks for the host's settings") },
    ]);
    commit("~/.config/quadgate-web.conf");
    expect((await homelab.sync()).plan.issues).toEqual([]);
  });

  it("that became a folder after it was written leaves the inventory, and the folder stays", async () => {
    commit("/srv/web.conf");
    await homelab.sync();
    await homelab.world.files.remove("/srv/web.conf");
    homelab.world.files.put("/srv/web.conf/precious", "somebody's");
    homelab.commit({ "desired-state/other.container": OTHER, "files/web.conf": "x\n" });
    expect((await homelab.sync()).result).toBe("applied");
    expect(await homelab.world.files.read("/srv/web.conf/precious")).toBe("somebody's");
    expect(Object.keys((await homelab.inventory()).units)).not.toContain("/srv/web.conf");
  });

  it("gets the mode that git asks for, even if nothing else changes, and gets it back after drift", async () => {
    const withMode = (mode: string) =>
      homelab.commit({
        "desired-state/web.yaml": web("/srv/web.conf", "web:1", mode),
        "files/web.conf": "x\n",
      });
    const modeNow = async () => (await homelab.world.files.stat("/srv/web.conf"))?.mode;
    const ofFile = ({ plan }: Awaited<ReturnType<typeof sync>>) =>
      plan.changes.find(({ unit }) => unit === "/srv/web.conf");
    homelab.world.files.put("/srv/web.conf", "x\n");
    withMode("0640");
    expect(ofFile(await homelab.sync())).toMatchObject({ action: "create" });
    expect(await modeNow()).toBe(0o640);
    withMode("0600");
    const report = await homelab.sync();
    expect(report.result).toBe("applied");
    expect(ofFile(report)).toMatchObject({
      action: "update",
      reasons: [{ code: "unit-changed" }],
      diff: [{ path: "unit.mode", from: "0640", to: "0600" }],
    });
    expect(await modeNow()).toBe(0o600);
    await homelab.world.files.write("/srv/web.conf", "x\n", { mode: 0o666 });
    const seen = ofFile(await homelab.sync({ attended: false }));
    expect(seen).toMatchObject({
      action: "none",
      reasons: [{ code: "file-edited" }, { code: "drift-reported" }],
    });
    expect(seen?.reasons[0]?.message).toBe("the mode of the file on the host is 0666, not 0600");
    await homelab.sync();
    expect(await modeNow()).toBe(0o600);
  });

  it("that cannot be written fails its instance, which is not retried; other instances continue", async () => {
    commit("/srv/web.conf");
    await homelab.sync();
    homelab.world.files.beforeChange = (operation, path) => {
      if (operation === "write" && path === "/etc/web.conf")
        throw new QuadgateError("state-unwritable", "cannot write /etc/web.conf: EACCES");
    };
    commit("/etc/web.conf", "web:2");
    const report = await homelab.sync();
    expect(report.result).toBe("rolled-back");
    const failed = report.outcomes.filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ instance }) => instance)).toContain("web");
    expect(failed[0]?.message).toBe("cannot write /etc/web.conf: EACCES");
    expect([isUp("web"), isUp("systemd-other")]).toEqual([true, true]);
    expect(homelab.world.containerNamed("web")?.inspect.ImageName).toBe("docker.io/library/web:1");
    expect(await homelab.world.files.read("/srv/web.conf")).toBe("for the web\n");
    expect((await homelab.sync()).outcomes).toEqual([]);
  });
});
