import { beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\n${more}[Install]\nWantedBy=default.target\n`;
const BROKEN = { "desired-state/broken.yaml": "pattern: no-such-pattern\n" };
const LACKS = { "desired-state/lacks.container": container("lacks:1", "Secret=absent\n") };

describeFakeHost("the exit code of a sync in which several things happen", () => {
  const homelab = fakeHomelab();
  const quadgate = (...words: readonly string[]) => {
    const environment = { QUADGATE_VERIFY_STABLE: "1s", QUADGATE_GATE_ON_HIGH_RISK: "proceed" };
    const { repository, world } = homelab;
    return run(world, { repository, environment }, ...words, "--output", "json");
  };
  const plan = async (...words: readonly string[]) => (await quadgate("plan", ...words)).exitCode;
  const reconcile = async (...words: readonly string[]) => {
    const said = await quadgate("reconcile", ...words);
    return [said.exitCode, JSON.parse(said.stdout).result];
  };
  const commit = (web: string, more: Readonly<Record<string, string>> = {}) =>
    homelab.commit({ "desired-state/web.container": container(web), ...more });

  beforeEach(async () => {
    homelab.world.paceMs = 20;
    homelab.world.contents.behaviours.set("docker.io/library/web:bad", { kind: "exits" });
    commit("web:1");
    await homelab.sync();
  });

  it("is 1 for errors in git, whatever failed or was held beside them", async () => {
    commit("web:bad", BROKEN);
    expect(await reconcile()).toEqual([1, "rolled-back"]);
    expect(await reconcile()).toEqual([1, "rolled-back"]);
    homelab.world.healthScore = 20;
    commit("web:2", BROKEN);
    expect(await reconcile()).toEqual([1, "blocked"]);
  });

  it("is 4 for what failed, although the host lacks something for another", async () => {
    commit("web:bad", LACKS);
    expect(await reconcile()).toEqual([4, "rolled-back"]);
    commit("web:2", LACKS);
    expect(await reconcile()).toEqual([1, "applied"]);
  });

  it("is 4 for what failed before, although the rest is applied, held or blocked", async () => {
    commit("web:bad");
    expect(await reconcile()).toEqual([4, "rolled-back"]);
    commit("web:bad", { "desired-state/other.container": container("other:1") });
    expect(await reconcile()).toEqual([4, "applied"]);
    homelab.world.healthScore = 20;
    commit("web:bad", { "desired-state/other.container": container("other:2") });
    expect(await reconcile()).toEqual([4, "blocked"]);
    homelab.world.healthScore = 80;
    expect(await reconcile()).toEqual([4, "held"]);
  });

  it("is that of the plan, which is 2 if the sync applies something", async () => {
    commit("web:2", LACKS);
    expect(await plan()).toBe(1);
    commit("web:2");
    expect(await plan()).toBe(2);
    homelab.world.healthScore = 80;
    expect([await plan(), (await quadgate("reconcile", "--dry-run", "--yes")).exitCode]).toEqual([3, 2]);
    homelab.world.healthScore = 20;
    expect(await plan()).toBe(3);
    homelab.world.healthScore = 100;
    commit("web:bad");
    await reconcile();
    commit("web:bad", { "desired-state/other.container": container("other:1") });
    expect([await plan(), await plan("other")]).toEqual([4, 2]);
    commit("web:bad", BROKEN);
    expect(await plan()).toBe(1);
  });

  it("is that of the instances that were named", async () => {
    commit("web:bad");
    expect(await reconcile()).toEqual([4, "rolled-back"]);
    commit("web:bad", { "desired-state/other.container": container("other:1") });
    expect(await reconcile("other")).toEqual([0, "applied"]);
    expect(await reconcile("other")).toEqual([0, "in-sync"]);
    expect(await reconcile()).toEqual([4, "rolled-back"]);
  });
});
