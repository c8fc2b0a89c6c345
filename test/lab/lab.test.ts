import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { describeLab } from "./harness/describe.ts";
import { attachLab, bootLab } from "./harness/lab.ts";
import { checkout } from "./harness/paths.ts";
import { readRecord } from "./harness/registry.ts";
import { whyNoLab } from "./harness/support.ts";
import { reapLabs } from "./harness/teardown.ts";
import { traces } from "./harness/traces.ts";

const units = "/home/homelab/.config/containers/systemd";
const web = `[Container]
Image=docker.io/jellyfin/jellyfin:10.10.7
PublishPort=127.0.0.1:8096:8096
HealthCmd=curl -f http://localhost:8096/health || exit 1
Notify=healthy
[Install]
WantedBy=default.target
`;

describeLab("a lab", { hostname: "htpc" }, (lab) => {
  test("is a host of its own, with systemd running for root and homelab", async () => {
    expect((await lab().exec(["hostname"])).stdout).toBe("htpc");
    expect((await lab().exec(["systemctl", "is-system-running"], { user: "root" })).stdout).toBe("running");
    expect((await lab().exec(["systemctl", "--user", "is-system-running"])).stdout).toBe("running");
    expect((await lab().exec(["id", "-un"])).stdout).toBe("homelab");
  });

  test("passes arguments, input, environment and exit codes through unchanged", async () => {
    const script = 'printf "%s|" "$@"; cat; printf "|%s|%s" "$WORD" "$PWD"; exit 7';
    const argv = ["sh", "-c", script, "sh", "a b", "$HOME", "'\"", ""];
    const result = await lab().exec(argv, { env: { WORD: "x y" }, input: "in", cwd: "/tmp", reject: false });
    expect(result).toMatchObject({ exitCode: 7, stdout: "a b|$HOME|'\"||in|x y|/tmp" });
    await expect(lab().exec(["false"])).rejects.toThrow(/homelab@.*false exited 1/);
  });

  test("kills a command that runs too long, including inside the lab", async () => {
    const result = await lab().exec(["sleep", "4711"], { timeoutMs: 300, reject: false });
    expect(result.timedOut).toBe(true);
    expect((await lab().exec(["pgrep", "-f", "sleep 4711"], { reject: false })).stdout).toBe("");
  });

  test("sends signals to a spawned command itself", async () => {
    const child = lab().spawn([
      "bash",
      "-c",
      'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done',
    ]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGTERM");
    expect(await child).toMatchObject({ exitCode: 3, stdout: "up\nbye" });
  });

  test("keeps owner, mode and content of files", async () => {
    const content = "it's\n\ttwo lines\n";
    await lab().write("/home/homelab/a/b.txt", content, { mode: "0640" });
    expect(await lab().read("/home/homelab/a/b.txt")).toBe(content);
    expect((await lab().exec(["stat", "-c", "%U %a", "/home/homelab/a/b.txt"])).stdout).toBe("homelab 640");
    await lab().copyIn(join(checkout, "test/lab/harness"), "/home/homelab/copy");
    expect(await lab().exists("/home/homelab/copy/recipe/setup.sh")).toBe(true);
    expect(await lab().exists("/home/homelab/copy/nothing")).toBe(false);
  });

  test("has git repositories to commit in and push to", async () => {
    const repo = await lab().bareRepo("homelab");
    const first = await repo.commit({ "a.yaml": "it's\n", "sub/b.yaml": "b: 1\n" }, "Add two");
    const second = await repo.commitAndPush({ "a.yaml": null }, "Remove one");
    expect(await repo.git("ls-remote", repo.url, "main")).toBe(`${second}\trefs/heads/main`);
    expect(await repo.git("show", `${first}:a.yaml`)).toBe("it's");
    expect(await repo.git("ls-files")).toBe("sub/b.yaml");
  });

  test("sees quadgate's files read-only", async () => {
    expect(await lab().read("/opt/quadgate/package.json")).toBe(
      readFileSync(join(checkout, "package.json"), "utf8"),
    );
    const result = await lab().sh("echo x >>/opt/quadgate/package.json", { user: "root", reject: false });
    expect(result.stderr).toContain("Read-only file system");
  });

  test.each(["homelab", "root"] as const)(
    "runs containers with published ports and health checks as %s",
    async (user) => {
      const image = "docker.io/jellyfin/jellyfin:10.10.7";
      const health = ["--health-cmd", "curl -f http://localhost:8096/health || exit 1"];
      await lab().exec(["podman", "run", "-d", "--name", "web", "-p", "8080:8096", ...health, image], {
        user,
      });
      await expect
        .poll(async () => (await lab().sh("curl -s localhost:8080", { user, reject: false })).stdout)
        .toBe("Healthy");
      await lab().exec(["podman", "healthcheck", "run", "web"], { user });
      await lab().exec(["podman", "exec", "web", "touch", "/tmp/unhealthy"], { user });
      const result = await lab().exec(["podman", "healthcheck", "run", "web"], { user, reject: false });
      expect(result.exitCode).toBe(1);
      await lab().exec(["podman", "rm", "-f", "web"], { user });
    },
  );

  test("has working redis and nginx images", async () => {
    await lab().exec(["podman", "run", "-d", "--name", "redis", "docker.io/library/redis:7-alpine"]);
    await lab().exec([
      "podman",
      "run",
      "-d",
      "--name",
      "nginx",
      "-p",
      "8081:80",
      "docker.io/library/nginx:1.27-alpine",
    ]);
    const ping = () => lab().exec(["podman", "exec", "redis", "redis-cli", "ping"], { reject: false });
    await expect.poll(async () => (await ping()).stdout).toBe("PONG");
    const page = () => lab().sh("curl -sf localhost:8081", { reject: false });
    await expect.poll(async () => (await page()).stdout).toContain("Welcome to nginx");
    await lab().exec(["podman", "rm", "-fav"]);
  });

  test("starts user Quadlets, and its snapshot changes when something changes", async () => {
    await lab().write(`${units}/web.container`, web);
    await lab().exec(["systemctl", "--user", "daemon-reload"]);
    await lab().exec(["systemctl", "--user", "start", "web.service"]);
    expect((await lab().sh("curl -sf localhost:8096/health")).stdout).toBe("Healthy");
    const before = await lab().snapshot();
    expect(before).toContain("web.container");
    await lab().exec(["podman", "healthcheck", "run", "systemd-web"]);
    expect(await lab().snapshot()).toBe(before);
    await lab().exec(["systemctl", "--user", "restart", "web.service"]);
    expect(await lab().snapshot()).not.toBe(before);
    expect(await lab().dump()).toContain("Notify=healthy");
  });

  test("comes back after a power cut with files, images and enabled units", async () => {
    await lab().exec(["podman", "volume", "create", "kept"]);
    await lab().restart();
    expect(await lab().exists(`${units}/web.container`)).toBe(true);
    expect((await lab().exec(["podman", "volume", "ls", "-q"])).stdout).toBe("kept");
    const active = () => lab().exec(["systemctl", "--user", "is-active", "web.service"], { reject: false });
    await expect.poll(async () => (await active()).stdout, { timeout: 20_000 }).toBe("active");
  });
});

describe.skipIf(whyNoLab())("the end of a lab", () => {
  test("leaves nothing behind, even with containers running", async () => {
    const lab = await bootLab();
    await lab.exec(["podman", "run", "-d", "localhost/busybox"]);
    expect(traces(lab.name, lab.record.cgroup)).not.toEqual([]);
    await lab.down();
    expect(traces(lab.name, lab.record.cgroup)).toEqual([]);
    await lab.down();
  });

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "comes after its owner received %s",
    async (signal) => {
      const module = join(import.meta.dirname, "harness/lab.ts");
      const script = `import { attachLab, bootLab } from ${JSON.stringify(module)};
      console.log((await bootLab()).name); setInterval(() => {}, 1000);`;
      const owner = execa(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
        cwd: checkout,
        reject: false,
      });
      const name = await new Promise<string>((resolve) => {
        owner.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
      });
      const record = readRecord(name);
      if (!record?.owner) throw new Error("the lab has no owner");
      process.kill(record.owner.pid, signal);
      await owner;
      if (signal === "SIGKILL") reapLabs();
      expect(traces(name, record.cgroup)).toEqual([]);
    },
  );

  test("comes by itself only when the lab belongs to a process", async () => {
    const lab = await bootLab({ keep: true });
    try {
      expect(reapLabs()).not.toContain(lab.name);
      expect((await attachLab(lab.name).exec(["hostname"])).stdout).toBe(lab.name);
    } finally {
      await lab.down();
    }
  });

  test("does not come while several boot at once", async () => {
    const labs = await Promise.all([bootLab(), bootLab(), bootLab()]);
    try {
      expect(reapLabs().filter((name) => labs.some((lab) => lab.name === name))).toEqual([]);
      const names = await Promise.all(labs.map(async (lab) => (await lab.exec(["hostname"])).stdout));
      expect(names).toEqual(labs.map((lab) => lab.name));
    } finally {
      await Promise.all(labs.map((lab) => lab.down()));
    }
  });
});
