import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Finding } from "../../src/inspect/doctor.ts";
import { BOX_PATTERN, box } from "../support/flow-box.ts";
import { describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";

const REGISTRY = readFileSync(new URL("../support/fake-registry.cjs", import.meta.url), "utf8");
const INSECURE = '[[registry]]\nlocation = "localhost:5000"\ninsecure = true\n';

interface Answer {
  readonly ready: boolean;
  readonly instances: readonly {
    readonly instance: string;
    readonly ready: boolean;
    readonly checks: readonly Finding[];
  }[];
}

/** What doctor says of one instance, by check. */
async function examined(home: Homelab, instance: string) {
  const { exitCode, document } = await home.ask<Answer>("doctor", instance);
  expect(exitCode).toBe(document.ready ? 0 : 1);
  const checks = new Map(document.instances[0]?.checks.map((one) => [one.check, one]));
  return { exitCode, checks };
}

describeHomelab(
  "the command doctor INSTANCE",
  {
    files: {
      "patterns/box.yaml": BOX_PATTERN,
      "desired-state/box.yaml": box(
        'values: { key: box-key, device: /dev/fuse, library: ~/library }\npublish: ["8080:80"]\n',
      ),
      "desired-state/far.yaml": box("image: localhost:5000/far:list\n"),
      "desired-state/single.yaml": box("image: localhost:5000/far:one\n"),
      "desired-state/foreign.yaml": box("image: localhost:5000/far:foreign\n"),
      "desired-state/none.yaml": box("image: localhost:5000/far:none\n"),
      "desired-state/new.container": "[Container]\nImage=x\nHttpProxy=false\nStopTimeout=5\n",
    },
  },
  (home) => {
    test("says what is missing and how to fix it, and changes nothing", async () => {
      const listener = home().lab.spawn([
        "node",
        "-e",
        'require("node:net").createServer().listen(8080, () => console.log("up"))',
      ]);
      await new Promise((resolve) => listener.stdout.once("data", resolve));
      await home().ask("plan");
      const before = await home().lab.snapshot();
      const { exitCode, checks } = await examined(home(), "box");
      expect(exitCode).toBe(1);
      expect(checks.get("secret box-key")).toEqual({
        check: "secret box-key",
        status: "failed",
        message: 'there is no podman secret "box-key" (Opens the box)',
        fix: expect.stringContaining("podman secret create box-key"),
      });
      expect(checks.get("source /home/homelab/library")).toMatchObject({
        status: "failed",
        fix: "mkdir -p /home/homelab/library",
      });
      expect(checks.get("port 8080/tcp")).toMatchObject({
        status: "failed",
        message: "port 8080/tcp of the host is in use by another program",
      });
      expect(checks.get("image docker.io/library/busybox:1.37")).toMatchObject({
        status: "ok",
        message: expect.stringMatching(/^here, sha256:[0-9a-f]{64}$/),
      });
      expect(checks.get("lingering")).toMatchObject({ status: "ok" });
      expect(checks.get("subuids")).toMatchObject({ status: "ok" });
      expect(await home().lab.snapshot()).toBe(before);
      listener.kill("SIGTERM");
      await listener;
    });

    test("finds nothing once all is fixed, and the instance can be deployed", async () => {
      await home().sh("mkdir ~/library && printf secret | podman secret create box-key -");
      const { checks } = await examined(home(), "box");
      const failed = [...checks.values()].filter(({ status }) => status === "failed");
      const device = await home().lab.exists("/dev/fuse");
      expect(failed.map(({ check }) => check)).toEqual(device ? [] : ["device /dev/fuse"]);
      if (!device) return;
      const { document } = await home().ask("reconcile", "box");
      expect(workOf(document)).toContain("create box.container");
      expect((await examined(home(), "box")).exitCode).toBe(0);
    });

    test("asks the registry for an image that is not on the host, and pulls nothing", async () => {
      await home().lab.write("/home/homelab/.config/containers/registries.conf", INSECURE);
      await home().lab.write("/home/homelab/registry.cjs", REGISTRY);
      const registry = home().lab.spawn(["node", "/home/homelab/registry.cjs"]);
      const digest = await new Promise<string>((resolve) =>
        registry.stdout.once("data", (data) => resolve(String(data).trim())),
      );
      const images = await home().podman("images", "--quiet");
      const image = async (instance: string, tag: string) =>
        (await examined(home(), instance)).checks.get(`image localhost:5000/far:${tag}`);
      expect(await image("far", "list")).toMatchObject({
        status: "ok",
        message: `not here yet; the registry has it, ${digest}`,
      });
      expect(await image("single", "one")).toMatchObject({
        status: "ok",
        message: `not here yet; the registry has it, ${digest}`,
      });
      expect((await image("foreign", "foreign"))?.message).toMatch(/the image is not made for \w+$/);
      expect(await image("none", "none")).toMatchObject({
        status: "failed",
        message: expect.stringContaining("manifest unknown"),
        fix: "podman pull localhost:5000/far:none",
      });
      expect(await home().podman("images", "--quiet")).toBe(images);
      registry.kill("SIGTERM");
      await registry;
      expect((await image("far", "list"))?.message).toMatch(
        /^not here, and podman cannot get it: .*connection refused/,
      );
    });

    test("names the podman version that has a key which this one does not know", async () => {
      const { checks } = await examined(home(), "new");
      const version = await home().podman("version", "--format", "{{.Client.Version}}");
      const old = version.startsWith("5.4.");
      expect(checks.get("manifest")).toMatchObject(
        old ? { status: "failed", fix: expect.stringContaining("HttpProxy= needs podman 5.7") } : {},
      );
      await expect(home().lab.quadgate(["doctor", "nobody"])).resolves.toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("no instance is called nobody"),
      });
    });
  },
);
