import { describe, expect, it } from "vitest";
import { NO_POLICY } from "../../../src/model/instance.ts";
import { linesOf, read } from "./support.ts";

const UNIT = "[Container]\nImage=x\n";

function readApp(section: string, more: Readonly<Record<string, string>> = {}) {
  return read({
    "desired-state/app.container": `${UNIT}[X-Quadgate]\n${section}`,
    "desired-state/db.container": UNIT,
    ...more,
  });
}

function policyOf(section: string) {
  const state = readApp(section);
  expect(linesOf(state)).toEqual([]);
  return state.instances.find(({ name }) => name === "app")?.spec;
}

describe("[X-Quadgate]", () => {
  it("says what a manifest says", () => {
    const text = `
OnDrift=heal
IgnoreDrift=environment.BUILD_ID labels.a
IgnoreDrift=ports
DependsOn=db
Suspend=yes
Gate=block=80 confirm=90
Probation=30m
Ends=on
Prune=no
BeforeUpdate=pg_dump -U app > /backup/app.sql
AfterUpdate=app migrate
AfterUpdate=app check
`;
    expect(policyOf(text)).toEqual({
      onDrift: "heal",
      ignoreDrift: ["environment.BUILD_ID", "labels.a", "ports"],
      dependsOn: ["db"],
      hosts: undefined,
      suspend: true,
      gate: { block: 80, confirm: 90 },
      probation: 1_800_000,
      ends: true,
      prune: false,
      hooks: {
        beforeUpdate: ["pg_dump -U app > /backup/app.sql"],
        afterUpdate: ["app migrate", "app check"],
      },
    });
  });

  it("is read from a drop-in, and of plain systemd units", () => {
    const state = read({
      "desired-state/app.container": UNIT,
      "desired-state/app.container.d/x.conf": "[X-Quadgate]\nSuspend=1\n",
      "desired-state/job.timer": "[Timer]\nOnCalendar=daily\n[X-Quadgate]\nProbation=1h\n",
      "desired-state/job.service": "[Service]\nExecStart=true\n",
    });
    expect(linesOf(state)).toEqual([]);
    expect(state.instances.map(({ spec }) => [spec.suspend, spec.probation])).toEqual([
      [true, undefined],
      [false, 3_600_000],
    ]);
  });

  it("forgets what an empty value resets, and says nothing by itself", () => {
    expect(policyOf("OnDrift=heal\nOnDrift=\nDependsOn=db\nDependsOn=\nGate=block=1\nGate=")).toEqual(
      NO_POLICY,
    );
  });

  it("takes the gate's windows as the manifest's map", () => {
    const spec = policyOf('Gate={ windows: { freeze: [{ cron: "0 8 * * *", for: 2h }] } }');
    expect(spec?.gate).toEqual({ windows: { freeze: [{ cron: "0 8 * * *", for: 7_200_000 }] } });
  });

  it("keeps an instance from other hosts", () => {
    const state = readApp("Hosts=nas htpc-*\n");
    expect(linesOf(state)).toEqual([]);
    expect(state.instances.map(({ name }) => name)).toEqual(["db"]);
  });

  it.each([
    ["OnDrfit=heal", 'app.container:4:1: unknown key "OnDrfit" (did you mean "OnDrift"?)'],
    ["onDrift=heal", 'app.container:4:1: unknown key "onDrift" (did you mean "OnDrift"?)'],
    ["OnDrift=mend", 'app.container:4:9: "OnDrift" must be report or heal, not "mend"'],
    ["Suspend=maybe", 'app.container:4:9: "Suspend" must be true or false, not text'],
    ["Probation=soon", 'app.container:4:11: "Probation": not a duration: "soon" (write 30s, 10m or 2h)'],
    ["Gate=block=900", 'app.container:4:6: "Gate.block" must be a whole number from 0 to 100, not 900'],
    ["Gate=strict", 'app.container:4:6: "Gate" must be a map of keys, not text'],
    ["IgnoreDrift=image\nIgnoreDrift=unit", 'app.container:5:13: "IgnoreDrift[1]" cannot name `unit`'],
    ["DependsOn=dbb", 'app.container:4:11: there is no instance "dbb" to depend on (did you mean "db"?)'],
    ["DependsOn=app", 'app.container:4:11: "app" depends on itself'],
    ["[X-QuadGate]\nSuspend=yes", 'app.container:4:1: quadgate does not read a section "[X-QuadGate]"'],
  ])("refuses %j with its place", (section, line) => {
    const state = readApp(`${section}\n`);
    expect(linesOf(state).join("\n")).toContain(line);
    expect([...state.invalid]).toEqual(["app"]);
  });

  it("is refused in a second file of the instance", () => {
    const state = readApp("Suspend=yes\n", {
      "desired-state/app.container.d/x.conf": "# a\n[X-Quadgate]\nEnds=yes\n",
    });
    expect(linesOf(state).join("\n")).toMatch(/already has the section \[X-Quadgate\] of "app"/);
    expect([...state.invalid]).toEqual(["app"]);
  });

  it("refuses hooks without a container to run them in", () => {
    const state = read({ "desired-state/data.volume": "[Volume]\n[X-Quadgate]\nAfterUpdate=true\n" });
    expect(linesOf(state)).toEqual([
      'desired-state/data.volume:3:13: hooks run in a container, but there is no "data.container" ' +
        "(write them in the [X-Quadgate] section of a .container)",
    ]);
  });
});
