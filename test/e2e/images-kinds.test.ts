import { beforeAll, expect, test } from "vitest";
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

const CONTEXT = "/home/homelab/context";
const BUILD = `[Build]\nImageTag=localhost/built:1\nSetWorkingDirectory=${CONTEXT}\n`;
const YAML = "/home/homelab/app.yaml";
const KUBE = `[Kube]\nYaml=${YAML}\nPublishPort=127.0.0.1:8080:80\n`;

describeHomelab(
  "a .build",
  { files: { [APP]: app("app.build"), "desired-state/app.build": BUILD }, settings: QUICK },
  (home) => {
    const containerfile = (says: string, run = "true") =>
      home().lab.write(
        `${CONTEXT}/Containerfile`,
        `FROM localhost/busybox:latest\nRUN ${run}\nCMD ["standin", "80", "${says}"]\n`,
        { user: "homelab" },
      );
    const labelled = (label: string) => ({ "desired-state/app.build": `${BUILD}Label=try=${label}\n` });

    test("is built before the container that needs it starts for the first time", async () => {
      await containerfile("one");
      const { exitCode, stderr } = await home().ask("reconcile");
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain("✓ built localhost/built:1");
      expect(await answer(home())).toBe("one");
    });

    test("that has changed is built while the old container runs, however long it takes", async () => {
      await containerfile("two", "busybox sleep 6");
      const silence = await silenceDuring(home(), async () => {
        const { exitCode, stderr } = await home().deploy(labelled("slow"), "Change the build");
        expect(exitCode, stderr).toBe(0);
      });
      expect(await answer(home())).toBe("two");
      expect(silence.asked).toBeGreaterThan(50);
      expect(silence.silent).toBeLessThan(silence.asked / 3);
    });

    test("that fails leaves the container as it runs", async () => {
      await containerfile("three", "false");
      const before = await home().identity("app");
      const { exitCode, document } = await home().deploy(labelled("broken"), "Break the build");
      expect({ exitCode, codes: [...new Set(codesOf(document.issues))] }).toEqual({
        exitCode: 1,
        codes: ["image-unavailable"],
      });
      expect(await home().identity("app")).toBe(before);
      expect(await answer(home())).toBe("two");
    });

    test("is built and used once it works", async () => {
      await containerfile("four");
      const { exitCode, stderr } = await home().ask("reconcile");
      expect(exitCode, stderr).toBe(0);
      expect(await answer(home())).toBe("four");
    });
  },
);

describeHomelab(
  "an .image",
  {
    files: {
      [APP]: app("app.image"),
      "desired-state/app.image": `[Image]\nImage=${at("app:1")}\nCreds=ada:lovelace\n`,
    },
    settings: QUICK,
  },
  (home) => {
    let registry: Registry;
    const named = (tag: string) => ({
      "desired-state/app.image": `[Image]\nImage=${at(tag)}\nCreds=ada:lovelace\n`,
    });
    beforeAll(async () => {
      registry = await startRegistry(home());
      await registry.push("one", ["app:1"]);
      await registry.push("two", ["app:1.1"], 3);
    });

    test("is pulled with its own login, which no process shows", async () => {
      await registry.rules({ app: { login: "ada:lovelace" } });
      const { exitCode, stderr } = await home().ask("reconcile");
      expect(exitCode, stderr).toBe(0);
      expect(await answer(home())).toBe("one");
      await registry.rules({ app: { login: "ada:lovelace", bytesPerSecond: 500_000 } });
      await home().repo.commitAndPush(named("app:1.1"), "Update");
      const syncing = home().ask("reconcile");
      const processes = await home().sh(
        "until ls -d /var/tmp/container_images_*; do sleep 0.1; done; sleep 1; ps -eo args",
      );
      expect(processes).toContain(`image pull --authfile=`);
      expect(processes).not.toContain("lovelace");
      expect((await syncing).exitCode).toBe(0);
      expect(await answer(home())).toBe("two");
      expect(await home().sh("ls $XDG_RUNTIME_DIR")).not.toContain("quadgate-login");
    });

    test("that the registry does not have leaves the containers that use it as they run", async () => {
      const before = await home().identity("app");
      const { exitCode, document } = await home().deploy(named("app:1.2"), "Name none");
      expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
        exitCode: 1,
        codes: ["image-unavailable"],
      });
      expect(await home().identity("app")).toBe(before);
    });
  },
);

describeHomelab(
  "the images of a .kube",
  { files: { "desired-state/app.kube": KUBE }, settings: QUICK },
  (home) => {
    let registry: Registry;
    const yaml = (image: string) =>
      home().lab.write(
        YAML,
        `apiVersion: v1\nkind: Pod\nmetadata: { name: app }\nspec:\n  containers:\n  - name: c\n    image: ${image}\n`,
      );
    beforeAll(async () => {
      registry = await startRegistry(home());
      await registry.push("one", ["app:1"]);
    });

    test("are pulled before it starts, and before it is restarted", async () => {
      await yaml(at("app:1"));
      const { exitCode, stderr } = await home().ask("reconcile");
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain(`✓ pulled ${at("app:1")}`);
      expect(await answer(home())).toBe("one");
    });

    test("that the registry does not have leave it as it runs", async () => {
      await registry.rules({ app: { delayMs: 3_000 } });
      await yaml(at("app:1.2"));
      const silence = await silenceDuring(home(), async () => {
        const changed = { "desired-state/app.kube": `${KUBE}LogDriver=journald\n` };
        const { exitCode, document } = await home().deploy(changed, "Change the unit");
        expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
          exitCode: 1,
          codes: ["image-unavailable"],
        });
      });
      expect(silence.silent).toBe(0);
      expect(await answer(home())).toBe("one");
    });
  },
);

describeHomelab(
  "the images of a rootful host",
  { files: { [APP]: app(at("app:1")) }, settings: QUICK, user: "root" },
  (home) => {
    test("are pulled before anything stops too", async () => {
      await home().sh(`git config --global --add safe.directory ${home().repo.url}`);
      const registry = await startRegistry(home());
      await registry.push("one", ["app:1"]);
      await registry.push("two", ["app:1.1"]);
      const first = await home().ask("reconcile");
      expect(first.exitCode, first.stderr).toBe(0);
      await registry.rules({ app: { delayMs: 2_000, status: 404 } });
      const before = await home().identity("app");
      const silence = await silenceDuring(home(), async () => {
        const { exitCode, document } = await home().deploy({ [APP]: app(at("app:1.1")) }, "Update");
        expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
          exitCode: 1,
          codes: ["image-unavailable"],
        });
      });
      expect(silence.silent).toBe(0);
      expect(await home().identity("app")).toBe(before);
      await registry.rules({});
      expect((await home().ask("reconcile")).exitCode).toBe(0);
      expect(await answer(home())).toBe("two");
    });
  },
);
