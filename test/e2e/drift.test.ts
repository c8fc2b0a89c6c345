import { expect, test } from "vitest";
import { APP, app, audit, type DriftCase, describeDrift } from "../support/flow-drift.ts";
import { describeHomelab } from "../support/flow-homelab.ts";
import { HOMELAB, web } from "../support/flow-manifests.ts";

const OTHER_IMAGE = "docker.io/jellyfin/jellyfin:10.10.6";
const IMAGE = "docker.io/jellyfin/jellyfin:10.10.7";

const CASES: readonly DriftCase[] = [
  {
    title: "podman network disconnect",
    script: "podman network disconnect systemd-monitoring app",
    drift: app("networks"),
  },
  {
    title: "podman network connect",
    script: "podman network create extra >/dev/null; podman network connect extra app",
    drift: app("networks"),
  },
  {
    title: "systemctl set-property MemoryMax",
    script: "systemctl --user set-property app.service MemoryMax=6G",
    drift: app("memory"),
  },
  {
    title: "systemctl set-property CPUQuota until the next boot",
    script: "systemctl --user set-property --runtime app.service CPUQuota=50%",
    drift: app("cpu"),
  },
  {
    title: "systemctl set-property of a limit that nothing declares",
    script: "systemctl --user set-property app.service TasksMax=333",
    drift: app("tasks"),
  },
  {
    title: "podman update --memory",
    // podman notes the new value before the runtime refuses it: the lab has no memory controller.
    script: "podman update --memory 64m app || true",
    drift: app("memory"),
  },
  {
    title: "podman update --health-interval",
    script: "podman update --health-interval 45s app",
    drift: app("health"),
  },
  { title: "systemctl stop", script: "systemctl --user stop app.service", drift: app("state") },
  { title: "podman pause", script: "podman pause app", drift: app("state") },
  { title: "podman rename", script: "podman rename app other", drift: app("name") },
  {
    title: "an unhealthy container",
    script: `podman exec app touch /tmp/unhealthy
      for _ in 1 2 3; do podman healthcheck run app || true; done`,
    drift: app("state"),
  },
  {
    title: "a file of the repository edited where it is mounted",
    script: "echo Goodbye >~/app/greeting.txt",
    drift: ["/home/homelab/app/greeting.txt unit"],
  },
  {
    title: "the container removed while its service is stopped",
    script: "systemctl --user stop app.service; podman rm -f --ignore app",
    drift: app("state"),
  },
  {
    title: "a unit file edited by hand",
    script: "sed -i s/MemoryMax=1G/MemoryMax=3G/ $units/app.container",
    drift: app("unit"),
  },
  {
    title: "a unit file edited by hand and put into force",
    script: `sed -i s/GREETING=/GREETED=/ $units/app.container
      systemctl --user daemon-reload; systemctl --user restart app.service`,
    drift: app("environment", "loaded", "unit"),
  },
  { title: "a unit file removed", script: "rm $units/app.container", drift: app("unit") },
  {
    title: "a unit file removed and forgotten",
    script: "rm $units/app.container; systemctl --user daemon-reload",
    drift: app("loaded", "unit"),
  },
  {
    title: "a file of a network edited by hand",
    script: "echo Internal=true >>$units/cache.network",
    drift: ["cache.network unit"],
  },
  {
    title: "an image name that was given to another image",
    script: `podman tag ${OTHER_IMAGE} ${IMAGE}`,
    drift: app("image"),
  },
];

describeDrift("drift of a live host is reported exactly and mended:", CASES, (home) => {
  test("a container that was killed is only a warning, because systemd restarts it", async () => {
    const until = (pattern: string) =>
      home().sh(`until systemctl --user is-active app.service | ${pattern}; do sleep 0.1; done`);
    const warnings: (readonly string[])[] = [];
    // On a busy machine it may be up again before the audit has looked at it.
    for (let round = 0; round < 5 && !warnings.some(({ length }) => length > 0); round += 1) {
      await home().podman("kill", "app");
      await until("grep -q activating");
      const { exitCode, drift, warning } = await audit(home());
      expect({ exitCode, drift }).toEqual({ exitCode: 0, drift: [] });
      warnings.push(warning);
      await until("grep -qx active");
    }
    expect(warnings.at(-1)).toEqual(app("state"));
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test.each([
    ["daemon-reload", "systemctl --user daemon-reload"],
    ["a restart", "systemctl --user restart app.service cache.service"],
    ["podman restart", "podman restart -t 1 app"],
  ])("%s alone is not drift", async (_, script) => {
    await home().sh(script);
    await home().sh("until [ $(systemctl --user is-active app.service) = active ]; do sleep 0.2; done");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("what a manifest ignores is not reported, and an entry without effect is a warning", async () => {
    const ignore = (entries: string) => ({ "desired-state/app.yaml": `${APP}ignoreDrift: [${entries}]\n` });
    await home().deploy(ignore("memory.max, environment.GONE"), "Ignore some drift");
    await home().systemctl("set-property", "app.service", "MemoryMax=6G");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: app("ignoreDrift") });
    await home().deploy(ignore("memory.max"), "Ignore what there is");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    await home().systemctl("revert", "app.service");
    await home().deploy({ "desired-state/app.yaml": APP }, "Ignore nothing");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("a commit that sets a limit overrides systemctl set-property, except what the manifest ignores", async () => {
    const control = "/home/homelab/.config/systemd/user.control/app.service.d/50-MemoryMax.conf";
    const limit = () => home().systemctl("show", "--value", "--property=MemoryMax", "app.service");
    const app2 = (more: string) => ({ "desired-state/app.yaml": APP.replace("memory: 1G", more) });
    await home().systemctl("set-property", "app.service", "MemoryMax=6G");
    expect(await home().deploy(app2("memory: 2G"), "Give more")).toMatchObject({
      exitCode: 0,
      document: { result: "applied" },
    });
    expect(await limit()).toBe(String(2 * 1024 ** 3));
    expect(await home().lab.exists(control)).toBe(false);

    await home().deploy(app2("memory: 2G\nignoreDrift: [memory]"), "Ignore the limit");
    await home().systemctl("set-property", "app.service", "MemoryMax=6G");
    await home().podman("network", "disconnect", "systemd-monitoring", "app");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    expect(await limit()).toBe(String(6 * 1024 ** 3));
    expect(await home().lab.exists(control)).toBe(true);

    await home().deploy({ "desired-state/app.yaml": APP }, "Ignore nothing");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    expect(await home().lab.exists(control)).toBe(false);
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("a masked service is reported; quadgate leaves the mask to the person who set it, and says so", async () => {
    await home().systemctl("mask", "app.service");
    expect(await audit(home())).toEqual({ exitCode: 2, drift: app("loaded"), warning: [] });
    const before = await home().identity("app");
    const result = await home().lab.quadgate(["reconcile"]);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/^ {2}app: app\.service is masked; quadgate does not unmask it$/m);
    expect(await home().identity("app")).toBe(before);
    const larger = { "desired-state/app.yaml": APP.replace("memory: 1G", "memory: 2G") };
    const kept = await home().deploy(larger, "Give it more");
    expect(kept).toMatchObject({ exitCode: 0, document: { result: "in-sync", outcomes: [] } });
    expect(await home().unit("app.container")).not.toContain("MemoryMax=2G");
    await home().systemctl("unmask", "app.service");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    expect(await home().unit("app.container")).toContain("MemoryMax=2G");
    await home().deploy({ "desired-state/app.yaml": APP }, "Give it less");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("a drop-in of systemd is reported; quadgate leaves it to the person who wrote it, and says so", async () => {
    const folder = "/home/homelab/.config/systemd/user/app.service.d";
    await home().lab.write(`${folder}/own.conf`, "[Service]\nNice=5\n");
    await home().systemctl("daemon-reload");
    expect(await audit(home())).toEqual({ exitCode: 2, drift: app("loaded"), warning: [] });
    const before = await home().identity("app");
    const result = await home().lab.quadgate(["reconcile"]);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/^ {2}app\.container: left as it is \(drop-in .*own\.conf\)$/m);
    expect(await home().identity("app")).toBe(before);
    expect(await home().lab.exists(`${folder}/own.conf`)).toBe(true);
    await home().sh(`rm -r ${folder}; systemctl --user daemon-reload`);
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });
});

describeHomelab("the audit of drift", { files: HOMELAB }, (home) => {
  test("compares a host that was never synced with the branch's head", async () => {
    const { exitCode, drift } = await audit(home());
    expect(exitCode).toBe(2);
    expect(drift).toEqual([
      `${home().routeDir}/web.yml unit`,
      "cache.container unit",
      "cache.network unit",
      "monitoring.network unit",
      "reverse_proxy.network unit",
      "web.container unit",
    ]);
    expect(await home().lab.exists(home().stateDir)).toBe(false);
  });

  test("compares with what was applied, and with the head only on request", async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    const applied = await home().repo.git("rev-parse", "HEAD");
    await home().repo.commitAndPush({ "desired-state/web.yaml": web("memory: 1G\n") }, "Give web more");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    expect(await home().ask("drift")).toMatchObject({ document: { revision: applied } });

    // The repository is on this machine: nothing has to be fetched.
    expect(await audit(home(), "--head")).toMatchObject({ exitCode: 2, drift: ["web.container unit"] });
    expect(await audit(home(), "--head", "cache")).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("looks at the named instances, and refuses unknown names", async () => {
    await home().systemctl("stop", "web.service");
    expect(await audit(home(), "cache")).toEqual({ exitCode: 0, drift: [], warning: [] });
    expect(await audit(home(), "web")).toMatchObject({ exitCode: 2, drift: ["web.container state"] });
    const { exitCode, stderr } = await home().lab.quadgate(["drift", "wbe"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("wbe");
  });
});
