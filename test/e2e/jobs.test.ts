import { beforeAll, expect, test } from "vitest";
import type { DriftReport, FieldDrift } from "../../src/model/drift.ts";
import { codesOf, describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";

const BUSYBOX = "Image=docker.io/library/busybox:1.37\nVolume=%h/out:/out\n";
const ONESHOT = "[Service]\nType=oneshot\n";

interface Text {
  readonly description?: string;
  /** Of the shell in the container. */
  readonly run?: string;
  readonly more?: string;
}

/** A container that writes its name for each of its runs, and what it does then. */
function job(name: string, { description = name, run = "true", more = "" }: Text = {}): string {
  const command = `echo started >>/out/${name}; ${run}; echo ended $? >>/out/${name}`;
  return `[Unit]\nDescription=${description}\n[Container]\n${BUSYBOX}Exec=sh -c '${command}'\n${ONESHOT}${more}`;
}

/** The lines that the runs of a container have written. */
async function runsOf(home: Homelab, name: string): Promise<readonly string[]> {
  const text = await home.sh(`cat ~/out/${name} 2>/dev/null || true`);
  return text.split("\n").filter((line) => line !== "");
}

async function stateOf(home: Homelab, unit: string): Promise<FieldDrift | undefined> {
  const { document } = await home.ask<DriftReport>("drift");
  const units = document.instances.flatMap((instance) => instance.units);
  return units.find((one) => one.unit === unit)?.fields.find(({ field }) => field === "state");
}

async function makeTimer(home: Homelab, name: string, more = ""): Promise<void> {
  const text = `[Timer]\nOnCalendar=yearly\n${more}[Install]\nWantedBy=timers.target\n`;
  await home.sh(`mkdir -p ~/out ~/.config/systemd/user; cat >~/.config/systemd/user/${name}.timer <<'END'
${text}END
systemctl --user daemon-reload; systemctl --user enable ${name}.timer`);
}

describeHomelab(
  "a job that a hand-made timer starts",
  { files: { "desired-state/backup.container": job("backup") } },
  (home) => {
    beforeAll(() => makeTimer(home(), "backup"));

    test("is loaded and not started when it is deployed", async () => {
      const plan = await home().ask("plan");
      expect(workOf(plan.document)).toEqual(["create backup.container"]);
      expect(codesOf(plan.document.changes[0]?.reasons ?? [])).toEqual(["unit-new", "job-loaded"]);
      expect(JSON.stringify(plan.document)).toContain("backup.timer starts this job");
      const done = await home().ask("reconcile");
      expect(done).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(done.document.outcomes).toMatchObject([{ unit: "backup.container", outcome: "created" }]);
      expect(await runsOf(home(), "backup")).toEqual([]);
      expect(await home().systemctl("show", "--property=LoadState,ActiveState", "backup.service")).toBe(
        "LoadState=loaded\nActiveState=inactive",
      );
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test.each([
      ["its description", { description: "Nightly backup" }],
      ["its command", { description: "Nightly backup", run: "sleep 1" }],
    ])("is not run by a commit that changes %s", async (_, text) => {
      const { exitCode, document } = await home().deploy(
        { "desired-state/backup.container": job("backup", text) },
        "Change the backup",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(document.outcomes).toMatchObject([{ unit: "backup.container", outcome: "updated" }]);
      expect(await runsOf(home(), "backup")).toEqual([]);
    });

    test("ends as it began if a commit changes it while it is under way", async () => {
      const slow = { run: "sleep 12; true" };
      await home().deploy({ "desired-state/backup.container": job("backup", slow) }, "Take longer");
      await home().systemctl("start", "--no-block", "backup.service");
      await expect.poll(() => runsOf(home(), "backup"), { timeout: 20_000 }).toEqual(["started"]);
      const changed = { run: "sleep 11; false", more: "Environment=LOG=1\n" };
      const { exitCode, document } = await home().deploy(
        { "desired-state/backup.container": job("backup", changed) },
        "Change the backup while it runs",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(await stateOf(home(), "backup.container")).toMatchObject({ status: "match", live: "running" });
      expect((await home().ask<DriftReport>("drift")).exitCode).toBe(0);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      await expect.poll(() => runsOf(home(), "backup"), { timeout: 30_000 }).toEqual(["started", "ended 0"]);
      expect(await stateOf(home(), "backup.container")).toMatchObject({ status: "match", live: "loaded" });
    });
  },
);
