import { beforeAll, expect, test } from "vitest";
import { describeHomelab, HEALTHY, workOf } from "../../support/flow-homelab.ts";
import { ensureBase } from "../harness/base.ts";
import type { Flavour } from "../harness/recipe.ts";
import { whyNoLab } from "../harness/support.ts";
import type { CorpusFile } from "./corpus.ts";
import {
  asFiles,
  BRING_NEWER_PODMAN,
  configurePodman,
  corpusFor,
  found,
  inBatches,
  NEWER_ROOT,
  OTHER_DEFAULTS,
  prepareCorpus,
} from "./corpus-home.ts";

const NEWER = whyNoLab() === undefined ? (await ensureBase("forky")).root : "";

/** Describes what a host of a flavour makes of the corpus, over reloads, restarts, other defaults and upgrades. */
export function describeCorpus(flavour: Flavour): void {
  const lab = { flavour, mounts: [{ from: NEWER, to: NEWER_ROOT }] };
  const options = { files: { "README.md": "A homelab.\n" }, settings: HEALTHY, lab };
  describeHomelab(`the corpus on ${flavour}`, options, (home) => {
    let batches: ReturnType<typeof inBatches>;

    beforeAll(async () => {
      await prepareCorpus(home());
      batches = inBatches(await corpusFor(home()));
    });

    const expectDeployed = async (batch: readonly CorpusFile[]) => {
      const { document } = await home().deploy(asFiles(batch), "Add a batch");
      expect(document.outcomes.filter(({ outcome }) => !/^(created|unchanged)$/.test(outcome))).toEqual([]);
      expect(document.result).toBe("applied");
      expect(await found(home())).toEqual([]);
    };
    const servicesUp = async () =>
      (await home().systemctl("list-units", "--state=active", "--plain", "--no-legend", "*.service"))
        .split("\n")
        .map((line) => line.split(" ")[0] ?? "")
        .filter((name) => !/^([0-9a-f]{64}|dbus|podman-)/.test(name));

    test("is deployed and verified, and has no drift right after", async () => {
      await expectDeployed(batches.objects);
      await expectDeployed(batches.sized);
      const gone = Object.keys(asFiles(batches.sized)).map((path) => [path, null] as const);
      const { document } = await home().deploy(
        Object.fromEntries(gone),
        "Leave room",
        "--yes",
        "--allow-prune",
      );
      expect(document.result).toBe("applied");
      for (const batch of batches.others) await expectDeployed(batch);
    });

    test("is in sync at the next run", async () => {
      const { document } = await home().ask("reconcile");
      expect(workOf(document)).toEqual([]);
      expect(document.result).toBe("in-sync");
    });

    test("has no drift after systemd has reloaded the units three times", async () => {
      for (const _ of [1, 2, 3]) {
        await home().systemctl("daemon-reload");
        expect(await found(home())).toEqual([]);
      }
    });

    const restartAll = async () => {
      const services = await servicesUp();
      expect(services.length).toBeGreaterThan(60);
      // One restart of them all would begin with pods anew before it comes to their members, and stop those as they start.
      await home().systemctl("stop", ...services);
      await home().systemctl("start", ...services);
    };

    // Elsewhere the restart with other defaults and the boot without them tell as much.
    if (flavour === "trixie") {
      test("has no drift after all services were restarted", async () => {
        await restartAll();
        expect(await found(home())).toEqual([]);
      });
    }

    test("has no drift after a reboot", async () => {
      await home().lab.restart();
      expect(await found(home())).toEqual([]);
    });

    test("has no drift after podman got other defaults, either before or after a restart with them", async () => {
      await configurePodman(home(), OTHER_DEFAULTS);
      expect(await found(home())).toEqual([]);
      await restartAll();
      const shown = await home().podman(
        "container",
        "inspect",
        "--format",
        "{{.Config.Env}}",
        "systemd-plain",
      );
      expect(shown).toContain("FROM_CONF=1");
      expect(await found(home())).toEqual([]);
    });

    if (flavour === "trixie") {
      const version = () => home().podman("version", "--format", "{{.Client.Version}}");

      test("has no drift after an upgrade of podman below running containers, except in one unit read differently", async () => {
        await configurePodman(home(), "");
        await home().lab.sh(BRING_NEWER_PODMAN, { user: "root" });
        expect(await version()).toMatch(/^5\.8\./);
        await home().systemctl("daemon-reload");
        expect(await found(home())).toEqual([
          "lone-words.container drift labels: bare= | none (the container was made from another unit text)",
        ]);
      });

      test("has no drift after the reboot of the upgrade, and nothing left to do", async () => {
        await home().lab.upgrade("forky");
        expect(await version()).toMatch(/^5\.8\./);
        expect(await found(home())).toEqual([]);
        const { document } = await home().ask("plan");
        expect(workOf(document)).toEqual([]);
      });
    }
  });
}
