import { beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

describeFakeHost("the health score of the host", () => {
  const homelab = fakeHomelab();
  const ask = (...words: readonly string[]) => run(homelab.world, homelab, ...words);

  beforeEach(() => {
    homelab.world.healthScore = 90;
    homelab.commit({
      "desired-state/web.container": "[Container]\nImage=docker.io/library/web:1\n",
      "quadgate.yaml": "gate: { block: 92, confirm: 97 }\n",
    });
  });

  it("is shown with the limits of the branch's head, as the gate uses them", async () => {
    expect((await ask("plan")).stdout).toContain("Gate: blocked (health score 90, block)");
    homelab.world.files.put(`${homelab.world.facts.stateDir}/repo/HEAD`, "ref: refs/heads/main\n");
    expect((await ask("health")).stdout).toContain("Health score 90 of 100: block");
    await ask("reconcile");
    const { stdout } = await ask("health", "--history", "--output", "json");
    expect(JSON.parse(stdout)).toMatchObject({ points: [{ score: 90 }], limits: { block: 92, confirm: 97 } });
  });

  it("shows as overridden in a dry run with --force, which applies nothing", async () => {
    const dry = await ask("reconcile", "--dry-run", "--force", "--reason", "the disk is full");
    expect(dry.stdout).toContain("Gate: open (health score 90, block)");
    expect(dry.stdout).toContain("a person overrode the gate: the disk is full [forced]");
    expect(dry.exitCode).toBe(2);
    expect((await ask("history")).stdout).toBe("No sync yet.\n");
  });

  it("is shown with the host's own settings if no commit can be read", async () => {
    const { stdout, exitCode } = await run(homelab.world, {}, "health");
    expect(stdout).toContain("Health score 90 of 100: proceed");
    expect(exitCode).toBe(0);
  });

  it.each([
    ["--since", "1d"],
    ["--until", "2026-01-01"],
  ])("refuses %s without --history", async (option, when) => {
    const { exitCode, stderr } = await ask("health", option, when);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("--since and --until choose among past scores");
  });

  it("is said to be from another time if no sync of that time was judged", async () => {
    expect((await ask("health", "--history")).stdout).toBe("No sync has been judged by a score yet.\n");
    await ask("reconcile");
    const none = await ask("health", "--history", "--until", "2001-01-01");
    expect(none.stdout).toBe("No sync in that time was judged by a score.\n");
    const turned = await ask("health", "--history", "--since", "2026-02-01", "--until", "2026-01-01");
    expect(turned.exitCode).toBe(1);
    expect(turned.stderr).toContain("--since is later than --until");
  });
});
