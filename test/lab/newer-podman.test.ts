import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeExamples, EXAMPLE_CASES } from "../support/flow-examples.ts";
import { fieldsWith, type Homelab, workOf } from "../support/flow-homelab.ts";

/** A cache, a page behind the log-in, the proxy with its sockets, and an application with its database. */
const NAMES = ["cloud-redis", "dashboard", "traefik", "wiki"];

async function expectNoDrift(home: Homelab): Promise<void> {
  const { document, exitCode } = await home.ask<DriftReport>("drift");
  expect(fieldsWith(document)).toEqual([]);
  expect(exitCode).toBe(0);
  const plan = await home.ask("plan");
  expect(workOf(plan.document)).toEqual([]);
}

describeExamples(
  NAMES.flatMap((name) => EXAMPLE_CASES.find((one) => one.name === name) ?? []),
  {
    flavour: "forky",
    between: (home) => {
      test("all run on podman 5.8", async () => {
        expect(await home().podman("version", "--format", "{{.Client.Version}}")).toMatch(/^5\.8\./);
        const names = (await home().podman("ps", "--format", "{{.Names}}")).split("\n");
        expect(names).toEqual(expect.arrayContaining([...NAMES, "wiki-db"]));
      });

      test("have no drift after systemd has reloaded its units and restarted some", async () => {
        await home().systemctl("daemon-reload");
        await home().systemctl("restart", ...NAMES.map((name) => `${name}.service`));
        await expectNoDrift(home());
      });

      test("have changes by hand reported, unit by unit, and put back", async () => {
        await home().sh(`podman network disconnect systemd-monitoring dashboard
          podman update --health-interval 45s wiki
          systemctl --user set-property --runtime cloud-redis.service MemoryMax=100M
          sed -i s/^RestartSec=.*/RestartSec=1min/ ${home().unitDir}/traefik.container`);
        const { document } = await home().ask<DriftReport>("drift");
        expect(fieldsWith(document)).toEqual([
          "cloud-redis.container memory",
          "dashboard.container networks",
          "traefik.container unit",
          "wiki.container health",
        ]);
        expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
        await expectNoDrift(home());
      });
    },
  },
);
