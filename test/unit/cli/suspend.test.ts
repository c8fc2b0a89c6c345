import { beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const CONTAINER = "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\nNotify=healthy\n";
const REASON = "the disk is being replaced";

describeFakeHost("suspend and resume", () => {
  const homelab = fakeHomelab();
  const quadgate = (...words: readonly string[]) => run(homelab.world, homelab, ...words);
  const asked = async (...words: readonly string[]) =>
    JSON.parse((await quadgate(...words, "--output", "json")).stdout);

  beforeEach(async () => {
    homelab.commit({ "desired-state/web.container": CONTAINER });
    await quadgate("reconcile", "--quiet");
  });

  it("state the end, and every view of the instance says why", async () => {
    const said = await quadgate("suspend", "web", "--for", "2h", "--reason", REASON);
    expect(said.exitCode).toBe(0);
    expect(said.stdout).toMatch(
      /^web is suspended until 20.*Z: no sync changes, heals, prunes or restarts it\.$/m,
    );
    await homelab.host.systemd.stop("web.service");
    const how = new RegExp(`on this host until 20\\S+Z: ${REASON}`);
    expect((await quadgate("status")).stdout).toMatch(new RegExp(`^Suspended: web ${how.source}$`, "m"));
    expect((await quadgate("plan")).stdout).toMatch(
      new RegExp(`suspended ${how.source} \\[instance-suspended\\]`),
    );
    expect((await quadgate("drift")).stdout).toMatch(new RegExp(`^ {2}suspended ${how.source}$`, "m"));
    const row = { by: "host", reason: REASON, until: expect.stringMatching(/Z$/) };
    expect(await asked("status")).toMatchObject({ suspended: [{ instance: "web", ...row }] });
    expect(await asked("drift")).toMatchObject({ instances: [{ instance: "web", suspended: row }] });
    expect((await asked("drift")).instances[0].units[0].suggestions).toEqual(["quadgate resume web"]);
    expect((await quadgate("reconcile")).exitCode).toBe(0);
    expect(homelab.world.contents.containers).toEqual([]);

    expect((await quadgate("resume", "web")).stdout).toBe("web is resumed.\n");
    expect(await asked("status")).toMatchObject({ suspended: [] });
    expect((await asked("drift")).instances[0]).not.toHaveProperty("suspended");
    await quadgate("reconcile");
    expect(homelab.world.contents.containers).toHaveLength(1);
  });

  it("last until resumed if no time is given, and the latest of several suspensions counts", async () => {
    expect((await quadgate("suspend", "web")).stdout).toContain("until `quadgate resume`");
    expect(await asked("suspend", "web", "--for", "1d")).toMatchObject({
      schemaVersion: 1,
      suspended: [{ instance: "web", reason: null, until: expect.any(String) }],
    });
    expect(await asked("resume", "web")).toEqual({ schemaVersion: 1, resumed: ["web"], byManifest: [] });
    expect((await quadgate("resume", "web")).stdout).toBe("web was not suspended on this host.\n");
  });

  it("prevent an instance that is not deployed yet from being deployed", async () => {
    homelab.commit({ "desired-state/web.container": CONTAINER, "desired-state/db.container": CONTAINER });
    expect((await quadgate("suspend", "db", "--reason", REASON)).exitCode).toBe(0);
    expect((await quadgate("status")).stdout).toMatch(/^Suspended: db on this host: /m);
    expect((await quadgate("reconcile")).stdout).toContain(`db: suspended on this host: ${REASON}`);
    expect(homelab.world.contents.containers).toHaveLength(1);
    expect((await quadgate("resume", "db")).stdout).toBe("db is resumed.\n");
    await quadgate("reconcile");
    expect(homelab.world.contents.containers).toHaveLength(2);
  });

  it("need no repository for an instance that is already deployed", async () => {
    const alone = (...words: readonly string[]) => run(homelab.world, {}, ...words);
    expect((await alone("suspend", "web")).exitCode).toBe(0);
    expect((await alone("suspend", "db")).stderr).toContain("repository");
  });

  it("refuse unknown names and invalid times", async () => {
    for (const words of [
      ["suspend", "nobody"],
      ["resume", "../web"],
      ["suspend", "web", "--for", "soon"],
      ["suspend", "web", "--for", "1000000y"],
    ]) {
      const { exitCode, stdout, stderr } = await quadgate(...words);
      expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 1, stdout: "" });
      expect(stderr).toMatch(/no instance is called|"(soon|1000000y)" is not a duration/);
    }
    expect(await asked("status")).toMatchObject({ suspended: [] });
  });

  it("report a sync that began earlier and is still running", async () => {
    await homelab.host.lock.acquire(`${homelab.world.facts.stateDir}/lock`, {
      waitMs: 0,
    });
    const { exitCode, stderr } = await quadgate("suspend", "web");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("still running");
  });
});
