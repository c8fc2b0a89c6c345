import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { driftReportSchema } from "../../src/model/drift-schema.ts";
import { describeHomelab } from "../support/flow-homelab.ts";
import { HOMELAB } from "../support/flow-manifests.ts";

const AUDITS = "/home/homelab/audits";

describeHomelab("an audit of drift", { files: HOMELAB }, (home) => {
  test("writes a report and metrics to the given places, and nothing else", async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    await home().systemctl("stop", "cache.service");
    const { exitCode, document } = await home().ask<DriftReport>(
      "drift",
      ...["--report", `${AUDITS}/today.html`, "--textfile", `${AUDITS}/drift.prom`],
    );
    expect(exitCode).toBe(2);
    expect(driftReportSchema.parse(document)).toEqual(document);
    const { lab } = home();
    expect(await lab.read(`${AUDITS}/today.html`)).toMatch(/<h2 id="i\d">cache<\/h2>/);
    expect(await lab.read(`${AUDITS}/drift.prom`)).toContain(
      'quadgate_drift_status{host="htpc",name="cache"} 2',
    );
    expect(await home().sh(`ls ${AUDITS}`)).toBe("drift.prom\ntoday.html");
    await lab.quadgate(["drift", "--report", `${AUDITS}/today.md`]);
    expect(await lab.read(`${AUDITS}/today.md`)).toMatch(/^\| `cache.container` \| state \| drift \|/m);
    const wrong = await lab.quadgate(["drift", "--report", `${AUDITS}/today.pdf`]);
    expect(wrong).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("end its name in .md or .html"),
    });
  });

  test("is repeated with --watch, and shows what has changed", async () => {
    const watching = home().sh("timeout --signal=INT 20 quadgate drift web --watch 1s", { reject: false });
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await home().podman("network", "disconnect", "systemd-monitoring", "web");
    const seen = await watching;
    expect(seen.match(/^web +match$/gm)).toHaveLength(1);
    expect(seen.match(/^web +drift$/gm)).toHaveLength(1);
    expect(seen).toMatch(/✗ networks/);
  });
});
