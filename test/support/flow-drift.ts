import { afterEach, beforeAll, expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeHomelab, fieldsWith, HEALTHY, type Homelab } from "./flow-homelab.ts";
import { cache, web } from "./flow-manifests.ts";

const IMAGE = "docker.io/jellyfin/jellyfin:10.10.7";

/** An application that declares something in every field that is compared. */
export const APP = `${web("", "app")}memory: 1G
environment: { TZ: Europe/Oslo, GREETING: hello world }
labels: { tier: front }
volumes: ["data:/data", "/srv:/srv:ro"]
devices: [/dev/fuse]
command: [standin, "8096", Healthy]
files: [{ from: files/greeting.txt, to: ~/app/greeting.txt }]
quadlet:
  Container: { AddCapability: [NET_ADMIN], User: "1000" }
  Service: { CPUQuota: 200% }
`;

const FILES = {
  "quadgate.yaml": "traefik: { mode: labels }\n",
  "desired-state/app.yaml": APP,
  "files/greeting.txt": "Hello\n",
  "desired-state/cache.yaml": cache("publish: ['127.0.0.1:6400:6379']\n"),
};

/** One way to change a live host behind quadgate's back. */
export interface DriftCase {
  readonly title: string;
  /** A bash script; `$units` is the folder with the unit files. */
  readonly script: string;
  /** What the audit then calls drift, and what it only warns about: `UNIT FIELD`. */
  readonly drift: readonly string[];
  readonly warning?: readonly string[];
}

/** The field of the application that a case changes. */
export function app(...fields: readonly string[]): readonly string[] {
  return fields.map((field) => `app.container ${field}`).sort();
}

/** Runs the command that made a container again, by hand and with something else in it, in place of the service. */
export function byHand(change: string, container = "app"): string {
  return `
    podman container inspect ${container} --format '{{json .Config.CreateCommand}}' >/tmp/create.json
    systemctl --user stop ${container}.service
    node -e '
      let words = JSON.parse(require("fs").readFileSync("/tmp/create.json", "utf8"));
      words = words.filter((word) => !/^--(cidfile|sdnotify|cgroups|rm|replace)/.test(word));
      ${change}
      require("child_process").execFileSync(words[0], words.slice(1), { stdio: "inherit" });'`;
}

/**
 * Describes each case by what a person sees: the audit tells exactly what was changed (exit 2), one reconcile
 * mends it (exit 0), and then the audit finds nothing (exit 0).
 */
export function describeDrift(
  title: string,
  cases: readonly DriftCase[],
  more: (home: () => Homelab) => void = () => undefined,
): void {
  describeHomelab(title, { files: FILES, settings: HEALTHY }, (home) => {
    beforeAll(async () => {
      await home().sh(`podman tag ${IMAGE} localhost/kept`);
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
      expect(await audit(home())).toEqual(CLEAN);
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === "fail") await putBack(home());
    });

    const named = cases.map((one) => [one.title, one] as const);
    test.each(named)("%s", async (_, { script, drift, warning = [] }) => {
      await home().sh(`set -e; units=${home().unitDir}; ${script}`);
      expect(await audit(home())).toEqual({ exitCode: 2, drift, warning });
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
      expect(await audit(home())).toEqual(CLEAN);
    });
    more(home);
  });
}

const CLEAN = { exitCode: 0, drift: [], warning: [] };

/** What the audit says, in short. */
export async function audit(home: Homelab, ...args: string[]) {
  const { exitCode, document } = await home.ask<DriftReport>("drift", ...args);
  return { exitCode, drift: fieldsWith(document), warning: fieldsWith(document, "warning") };
}

/** After a failure, so that the next case starts clean all the same. */
async function putBack(home: Homelab): Promise<void> {
  await home.lab.sh(
    `systemctl --user unmask app.service; rm -rf ~/.config/systemd/user/app.service*
     systemctl --user daemon-reload; podman rm -f -t 0 app; podman tag localhost/kept ${IMAGE}
     quadgate reconcile --retry`,
    { reject: false },
  );
}
