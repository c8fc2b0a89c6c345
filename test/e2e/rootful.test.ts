import { expect, test } from "vitest";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, workOf } from "../support/flow-homelab.ts";
import { HOMELAB } from "../support/flow-manifests.ts";

describeHomelab("a rootful homelab", { files: HOMELAB, user: "root" }, (home) => {
  test("gets its units in /etc/containers/systemd and its services from the system's systemd", async () => {
    const refused = await home().lab.quadgate(["reconcile"], { user: "root" });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/dubious ownership/);
    expect(refused.stderr).toMatch(/git config --global --add safe\.directory/);
    await home().sh(`git config --global --add safe.directory ${home().repo.url}`);

    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    expect((await home().sh("ls -p /etc/containers/systemd | grep -v /$")).split("\n")).toEqual([
      "cache.container",
      "cache.network",
      "monitoring.network",
      "reverse_proxy.network",
      "web.container",
    ]);
    expect(await home().systemctl("is-active", "web.service", "cache.service")).toBe("active\nactive");
    expect(await home().podman("inspect", "--format", "{{.State.Health.Status}}", "web")).toBe("healthy");
    expect(await home().sh("stat -c '%a %U' /var/lib/quadgate")).toBe("700 root");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("has its drift reported and mended", async () => {
    await home().systemctl("set-property", "web.service", "MemoryMax=6G");
    expect(await audit(home())).toEqual({ exitCode: 2, drift: ["web.container memory"], warning: [] });
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    expect(await home().systemctl("show", "--value", "--property=MemoryMax", "web.service")).toBe(
      "536870912",
    );
  });

  test("loses what git no longer wants, and nothing of the user's beside it", async () => {
    await home().lab.exec(["podman", "run", "-d", "--name", "mine", "localhost/busybox"]);
    const { exitCode, document } = await home().deploy(
      { "desired-state/cache.yaml": null },
      "Remove the cache",
    );
    expect(exitCode).toBe(0);
    expect([...workOf(document)].sort()).toEqual(["delete cache.container", "delete cache.network"]);
    expect(await home().podman("ps", "-a", "--format", "{{.Names}}")).toBe("web");
    expect((await home().lab.exec(["podman", "ps", "--format", "{{.Names}}"])).stdout).toBe("mine");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });
});
