import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { startDaemon } from "../support/flow-daemon.ts";
import { codesOf, describeHomelab } from "../support/flow-homelab.ts";
import {
  APP,
  answer,
  app,
  at,
  QUICK,
  type Registry,
  silenceDuring,
  startRegistry,
} from "../support/flow-registry.ts";

/** An image of 4 MB, a second for each. */
const SLOW = { bytesPerSecond: 1_000_000 };
const DOWNLOADS = "/var/tmp/container_images_*";

const booting = (tag: number) => app(at(`app:${tag}`), "[Install]\nWantedBy=default.target\n");

describeHomelab(
  "a pull that does not end well",
  { files: { [APP]: booting(1) }, settings: QUICK },
  (home) => {
    let registry: Registry;
    let tag = 1;
    beforeAll(async () => {
      registry = await startRegistry(home());
      await registry.push("one", ["app:1"]);
      expect((await home().ask("reconcile")).exitCode).toBe(0);
    });
    beforeEach(async () => {
      tag += 1;
      await registry.push(`version ${tag}`, [`app:${tag}`], 4);
      await registry.rules({ app: SLOW });
      await home().repo.commitAndPush({ [APP]: booting(tag) }, `Update to ${tag}`);
    });

    const left = () => home().sh(`ls -d ${DOWNLOADS} 2>/dev/null; pgrep -x podman; true`);
    /** Starts a sync, and returns it once podman has written a part of the image. */
    async function pulling() {
      const child = home().lab.spawn(["quadgate", "reconcile"]);
      let said = "";
      child.all?.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
      await home().sh(`until [ -n "$(find ${DOWNLOADS} -size +500k 2>/dev/null)" ]; do sleep 0.1; done`);
      return { child, said: () => said };
    }
    async function converges() {
      await registry.rules({});
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
      expect(await answer(home())).toBe(`version ${tag}`);
      expect(await left()).toBe("");
    }

    test("because quadgate is asked to end changes nothing and leaves nothing", async () => {
      const before = await home().identity("app");
      const { child, said } = await pulling();
      await sleep(1_500);
      child.kill("SIGTERM");
      expect((await child).exitCode).toBe(1);
      expect(said()).toContain("quadgate was asked to stop before it changed anything");
      expect(await left()).toBe("");
      expect(await home().identity("app")).toBe(before);
      await converges();
    });

    test("because quadgate is killed changes nothing, and the next sync converges", async () => {
      const before = await home().identity("app");
      const { child } = await pulling();
      child.kill("SIGKILL");
      await child.catch(() => undefined);
      expect(await home().identity("app")).toBe(before);
      await home().sh("while pgrep -x podman; do sleep 0.2; done");
      await converges();
    });

    test("because the power is cut changes nothing, and the next sync converges", async () => {
      await pulling();
      await home().lab.restart();
      registry = await startRegistry(home());
      await home().sh("until curl -s localhost:8080; do sleep 0.2; done", { timeoutMs: 60_000 });
      expect(await answer(home())).toBe(`version ${tag - 1}`);
      await converges();
    });

    test("because the disk is full changes nothing", async () => {
      await registry.rules({});
      const asRoot = (script: string) => home().lab.sh(script, { user: "root" });
      await asRoot("mount -t tmpfs -o size=2m,mode=1777 full /var/tmp");
      const before = await home().identity("app");
      const silence = await silenceDuring(home(), async () => {
        const { exitCode, document } = await home().ask("reconcile");
        expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
          exitCode: 1,
          codes: ["image-unavailable"],
        });
        expect(document.issues[0]?.message).toContain("no space left on device");
      });
      expect(silence.silent).toBe(0);
      expect(await home().identity("app")).toBe(before);
      await asRoot("umount /var/tmp");
      await converges();
    });
  },
);

describeHomelab(
  "a daemon that pulls",
  { files: { [APP]: app(at("app:1")) }, settings: `${QUICK}daemon: { poll: "0 0 1 1 *" }\n` },
  (home) => {
    let registry: Registry;
    const blobs = async (repository: string) =>
      (await registry.requests(new RegExp(`GET /v2/${repository}/blobs/`))).length;
    beforeAll(async () => {
      registry = await startRegistry(home());
      await registry.push("one", ["app:1"]);
      await registry.push("big", ["big:1"], 10);
      await registry.push("mended", ["mended:1"]);
      expect((await home().ask("reconcile")).exitCode).toBe(0);
    });

    test("does not keep a person's sync waiting, nor a push, and does not pull twice", async () => {
      await registry.rules({ big: { bytesPerSecond: 400_000 } });
      const daemon = await startDaemon(home());
      const other = (count: number) => ({
        "desired-state/other.container": `[Container]\nImage=localhost/busybox:latest\nLabel=count=${count}\n`,
      });
      await home().repo.commitAndPush({ [APP]: app(at("big:1")), ...other(0) }, "Ask for much");
      await home().sh(`until ls -d ${DOWNLOADS} 2>/dev/null; do sleep 0.1; done`);
      for (const count of [1, 2, 3]) {
        await home().repo.commitAndPush(other(count), `Push ${count}`);
        await sleep(1_000);
      }
      const pulled = (await registry.requests(/GET \/v2\/big\/manifests/)).length;
      expect(pulled).toBe(1);

      const began = Date.now();
      await home().repo.commitAndPush({ [APP]: app(at("mended:1")) }, "Mend it");
      const { exitCode, stderr } = await home().ask("reconcile");
      expect(exitCode, stderr).toBe(0);
      expect(await answer(home())).toBe("mended");
      expect(Date.now() - began).toBeLessThan(60_000);
      // The daemon sees that nothing wants the large one any more.
      await home().sh(`while ls -d ${DOWNLOADS} 2>/dev/null; do sleep 0.2; done`);
      expect(await blobs("big")).toBeLessThan(4);
      expect(await daemon.end("SIGTERM")).toBe(0);
      expect(await answer(home())).toBe("mended");
    });

    test("tries again by itself what it could not have", async () => {
      const daemon = await startDaemon(home());
      await home().repo.commitAndPush({ [APP]: app(at("late:1")) }, "Ask too early");
      await daemon.until(/cannot pull image/);
      await registry.push("late", ["late:1"]);
      await daemon.until(/image pulled/);
      await daemon.until(/sync finished/);
      expect(await answer(home())).toBe("late");
      expect(await daemon.end("SIGTERM")).toBe(0);
    });
  },
);
