import { beforeEach, expect, it } from "vitest";
import { audit } from "../../../src/audit/audit.ts";
import type { DriftReport } from "../../../src/model/drift.ts";
import { FETCHED_FROM } from "../../../src/model/repository.ts";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { World } from "../../support/fake-host/index.ts";

const container = (image: string) => `[Container]\nImage=docker.io/library/${image}\n`;

/** What differs, as `unit field`; warnings are in brackets. */
function told({ instances }: DriftReport): readonly string[] {
  return instances.flatMap(({ units }) =>
    units.flatMap(({ unit, fields }) =>
      fields
        .filter(({ status }) => status !== "match")
        .map(({ field, status }) => (status === "drift" ? `${unit} ${field}` : `(${unit} ${field})`)),
    ),
  );
}

describeFakeHost("an audit during a sync, or after one that was killed", () => {
  const homelab = fakeHomelab();
  const look = async () => {
    const options = { only: undefined, head: false, workingTree: undefined };
    return (await audit(homelab.quadgate().context, options)).report;
  };
  const first = {
    "desired-state/web.container": container("web:1"),
    "desired-state/gone.container": container("gone:1"),
    "desired-state/other.container": container("other:1"),
  };
  const second = {
    "desired-state/web.container": `${container("web:2")}Network=front.network\n`,
    "desired-state/front.network": "[Network]\n",
    "desired-state/web.container.d/10-a.conf": "[Container]\nEnvironment=A=b\n",
    "desired-state/other.container": container("other:1"),
  };

  /** A host whose sync has died at an effect; undefined where it ended before. */
  async function dying(at: number): Promise<World | undefined> {
    homelab.world = new World();
    homelab.commit(first);
    await homelab.sync();
    homelab.commit(second);
    const process = homelab.quadgate({ faults: { fault: "dies", at, among: "effects" } });
    const ended = await process.sync({ allowPrune: true }).catch(() => undefined);
    return ended === undefined ? homelab.world : undefined;
  }

  it("does not report as drift what the sync has begun", async () => {
    const seen = new Set<string>();
    // The first effects are the lock and the fetch.
    for (let at = 4; (await dying(at)) !== undefined; at += 2) {
      for (const one of told(await look())) seen.add(one);
    }
    expect([...seen].filter((one) => !one.startsWith("("))).toEqual([]);
    const units = ["(gone.container state)", "(gone.container unit)", "(web.container unit)"];
    expect([...seen]).toEqual(expect.arrayContaining([...units, "(web.container image)"]));
  });

  it("reports changes by hand to other units, and to a unit that the sync is working on", async () => {
    const { files, facts } = (await dying(17)) ?? new World();
    files.put(`${facts.unitDir}/other.container`, "[Container]\nImage=mine\n");
    expect(told(await look())).toEqual(
      expect.arrayContaining(["(web.container unit)", "other.container unit"]),
    );
    files.put(`${facts.unitDir}/web.container`, "[Container]\nImage=mine\n");
    expect(told(await look())).toContain("web.container unit");
  });
});

describeFakeHost("a folder of the repository without a desired state", () => {
  const homelab = fakeHomelab();
  const quadgate = (...words: readonly string[]) => run(homelab.world, homelab, ...words);
  const nothing = 'the folder "nope" of branch "main" has no desired-state/ folder';
  beforeEach(async () => {
    homelab.commit({ "desired-state/web.container": container("web:1") });
    expect((await quadgate("reconcile")).exitCode).toBe(0);
    homelab.world.files.put(`${homelab.world.facts.stateDir}/repo/HEAD`, "");
  });

  it.each([
    ["drift", "--head"],
    ["plan"],
    ["validate"],
    ["render"],
    ["reconcile"],
    ["reconcile", "--dry-run"],
  ])("is refused by %s %s, which does not claim that all is well", async (...words) => {
    const said = await quadgate(...words, "--path", "nope");
    expect(said).toMatchObject({ exitCode: 1, stdout: "" });
    expect(said.stderr).toContain(`error: ${nothing}\n`);
  });

  it("counts as an empty desired state if a person says so", async () => {
    const said = await quadgate("reconcile", "--path", "nope", "--allow-empty", "--dry-run");
    expect(said).toMatchObject({ exitCode: 2, stdout: expect.stringContaining("- delete  web.container") });
  });

  it("is refused by an audit even if it is the whole branch", async () => {
    homelab.commit({ "README.md": "nothing yet\n" });
    expect((await quadgate("plan")).stdout).toContain("- delete  web.container");
    const said = await quadgate("drift", "--head");
    expect(said).toMatchObject({ exitCode: 1, stdout: "" });
    expect(said.stderr).toContain('error: branch "main" has no desired-state/ folder\n');
    expect((await quadgate("drift")).exitCode).toBe(0);
  });
});

describeFakeHost("an audit that compares with the head of a branch", () => {
  const homelab = fakeHomelab();

  it("compares only with the repository that was fetched", async () => {
    homelab.commit({ "desired-state/web.container": container("web:1") });
    await homelab.sync();
    const clone = `${homelab.world.facts.stateDir}/repo`;
    homelab.world.files.put(`${clone}/HEAD`, "");
    const ask = (url: string) => run(homelab.world, homelab, "drift", "--head", "--repository", url);
    homelab.world.files.put(`${clone}/${FETCHED_FROM}`, "https://git.example.org/homelab.git\n");
    expect((await ask("https://me:token@git.example.org/homelab.git")).exitCode).toBe(0);
    const said = await ask("https://me:token@git.example.org/other.git");
    expect(said).toMatchObject({ exitCode: 1, stdout: "" });
    expect(said.stderr).toContain("error: quadgate has not fetched https://git.example.org/other.git yet\n");
  });

  it("says that it uses the head fetched last, without a note about what was applied", async () => {
    homelab.commit({ "desired-state/web.container": container("web:1") });
    await homelab.sync();
    homelab.commit({ "desired-state/web.container": container("web:2") });
    // Where quadgate has its clone; what git keeps there is on this machine.
    homelab.world.files.put(`${homelab.world.facts.stateDir}/repo/HEAD`, "");
    const note = /as last fetched/;
    const head = await run(homelab.world, homelab, "drift", "--head");
    expect(head).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(note) });
    expect((await run(homelab.world, homelab, "drift")).stderr).not.toMatch(note);
  });
});

it.each([
  [["--head", "--working-tree", "/x"], "--head and --working-tree cannot be combined"],
  [["--watch", "web"], "--watch web is not an interval"],
])("an audit with %j is refused with an explanation", async (options, message) => {
  const said = await run(new World(), {}, "drift", ...options);
  expect(said).toMatchObject({ exitCode: 1, stdout: "" });
  expect(said.stderr).toContain(`error: ${message}\n`);
});
