import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFiles } from "../../../src/host/files.ts";
import { refuseOwnFolders } from "../../../src/planning/protected-paths.ts";
import { FACTS } from "../../support/health-host.ts";
import { unitOf } from "../../support/plan-input.ts";

let home: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "own-folders-")));
});
afterEach(() => rm(home, { recursive: true }));

/** The file targets among these, by their path below the home folder, that are refused. */
async function refused(...targets: readonly string[]): Promise<readonly string[]> {
  const facts = {
    ...FACTS,
    stateDir: join(home, "state/quadgate"),
    configDir: join(home, "config/quadgate"),
  };
  const units = targets.map((target) => ({ ...unitOf(join(home, target)), kind: "file" as const }));
  const issues = await refuseOwnFolders({ files: createFiles(), facts }, units);
  return issues.map(({ message }) => message.slice(home.length + 1).replace(/ would be written.*/, ""));
}

test("files below quadgate's own folders are refused, both before and after those folders exist", async () => {
  const own = ["state/quadgate/approval.json", "config/quadgate/config.yaml", "config/quadgate/a/b"];
  const others = ["state/quadgate2/x", "state/quadgate", "config/other/quadgate/config.yaml", "x"];
  expect(await refused(...own, ...others)).toEqual(own);
  await mkdir(join(home, "state/quadgate/units"), { recursive: true });
  await mkdir(join(home, "config"));
  expect(await refused(...own, ...others)).toEqual(own);
});

test("protected paths follow links on the way to a file and on the way to quadgate's folders", async () => {
  await mkdir(join(home, "disk/state"), { recursive: true });
  await symlink("disk/state", join(home, "state"));
  await symlink(home, join(home, "me"));
  const own = ["disk/state/quadgate/held.json", "me/config/quadgate/config.yaml", "me/me/state/quadgate/x/y"];
  expect(await refused(...own, "me/config/x")).toEqual(own);
});

test("files beside Quadlets stay in the unit folder, whatever links a container makes there", async () => {
  const facts = { ...FACTS, unitDir: join(home, "me/units") };
  await mkdir(join(home, "disk/units/data"), { recursive: true });
  await symlink("disk", join(home, "me"));
  await symlink(home, join(home, "disk/units/data/out"));
  await symlink("data", join(home, "disk/units/inside"));
  const units = ["app.env", "data/x", "data/out/x", "inside/new/x"].map((path) => ({
    ...unitOf(join(facts.unitDir, path)),
    kind: "file" as const,
  }));
  const issues = await refuseOwnFolders({ files: createFiles(), facts }, units);
  expect(issues.map(({ message }) => message)).toEqual([
    `a link leads from ${facts.unitDir}/data/out to ${home}, outside of the unit folder`,
  ]);
});

test("units that podman's generator reads are not protected paths", async () => {
  const facts = { ...FACTS, stateDir: home, configDir: home };
  expect(
    await refuseOwnFolders({ files: createFiles(), facts }, [unitOf(join(home, "a.container"))]),
  ).toEqual([]);
});
