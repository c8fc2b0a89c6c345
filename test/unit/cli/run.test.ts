import { readFileSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { runCli } from "../../../src/cli/run.ts";
import { run, stage } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string) =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`;
const BAD = {
  "desired-state/one.yaml": "pattern: cache-service\nmemry: 1G\n",
  "desired-state/two.yaml": "pattern: cache-servise\n",
};

describeFakeHost("a command", () => {
  const homelab = fakeHomelab();
  const quadgate = (...words: readonly string[]) => run(homelab.world, homelab, ...words);

  beforeEach(() => {
    homelab.commit({ "desired-state/web.container": container("web:1") });
  });

  it("ends with 2 when plan finds work or drift finds drift, else with 0", async () => {
    expect((await quadgate("plan")).exitCode).toBe(2);
    expect((await quadgate("reconcile")).exitCode).toBe(0);
    expect((await quadgate("plan")).exitCode).toBe(0);
    expect((await quadgate("drift")).exitCode).toBe(0);
    homelab.world.contents.containers = [];
    expect((await quadgate("drift")).exitCode).toBe(2);
    expect((await quadgate("sync")).exitCode).toBe(0);
    expect((await quadgate("drift")).exitCode).toBe(0);
  });

  it("accepts the name that installed hooks call, and lists only today's name", async () => {
    const called = [await quadgate("notify", "--trigger", "push"), await quadgate("trigger", "push")];
    const absent = { exitCode: 1, stdout: "No daemon is running.\n", stderr: "" };
    expect(called).toEqual([absent, absent]);
    const { stdout } = await quadgate("--help");
    expect(stdout).toMatch(/^ {2}trigger /m);
    expect(stdout).not.toContain("notify");
  });

  it("refuses an interval that a timer cannot wait for", async () => {
    const { exitCode, stderr } = await quadgate("drift", "--watch", "30d");
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining("--watch 30d is not an interval"),
    });
  });

  it("ends with 3 when the gate holds or blocks the plan, and applies nothing", async () => {
    homelab.world.healthScore = 80;
    const held = await quadgate("reconcile");
    expect(held.exitCode).toBe(3);
    expect(held.stdout).toContain("Held");
    homelab.world.healthScore = 20;
    expect((await quadgate("reconcile")).exitCode).toBe(3);
    expect(homelab.world.contents.containers).toEqual([]);
    const forced = await quadgate("reconcile", "--force", "--reason", "disk is replaced");
    expect(forced.exitCode).toBe(0);
    expect(homelab.world.contents.containers).toHaveLength(1);
  });

  it("lets a held plan through once it is approved", async () => {
    homelab.world.healthScore = 80;
    await quadgate("reconcile");
    expect((await quadgate("approve")).exitCode).toBe(0);
    expect((await quadgate("reconcile")).exitCode).toBe(0);
    expect(homelab.world.contents.containers).toHaveLength(1);
  });

  it("ends with 4 when what it applied did not become healthy", async () => {
    await homelab.sync();
    homelab.world.contents.behaviours.set("docker.io/library/web:2", { kind: "unhealthy" });
    homelab.commit({ "desired-state/web.container": container("web:2") });
    const { exitCode, stdout } = await quadgate("reconcile");
    expect(exitCode).toBe(4);
    expect(stdout).toContain("Put back");
    expect(homelab.world.contents.containers.map(({ inspect }) => inspect.ImageName)).toEqual([
      "docker.io/library/web:1",
    ]);
    expect((await quadgate("plan")).exitCode).toBe(4);
  });

  it("shows what is in force and in what state, in 80 columns", async () => {
    expect((await quadgate("status")).stdout).toMatch(/Applied revision +none yet/);
    await quadgate("reconcile");
    const { exitCode, stdout } = await quadgate("status");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`Applied revision +${homelab.repository.head().slice(0, 12)}`));
    expect(stdout).toMatch(/web +web\.container +active +healthy +settled \d+ s +[0-9a-f]{8}/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("shows a template, and its instances by their services", async () => {
    homelab.commit({ "desired-state/worker@.container": container("web:1") });
    await quadgate("reconcile");
    const { loaded, runs } = homelab.world.contents;
    loaded.set("worker@one.service", loaded.get("worker@.service") ?? "");
    runs.set("worker@one.service", {
      active: "active",
      sub: "running",
      result: "success",
      invocation: 1,
      restarts: 0,
    });
    const { stdout } = await quadgate("status");
    expect(stdout).toMatch(/^worker@? +worker@\.container +template +- /m);
    expect(stdout).toMatch(/^worker@? +worker@\.container \(worker@one\.service\) +active +- /m);
    expect(stdout).toMatch(/\n1 unit\n/);
  });

  it("ends with 1 and names every problem of the input at once", async () => {
    homelab.commit(BAD);
    const { exitCode, stdout, stderr } = await quadgate("validate");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("desired-state/one.yaml:2:1");
    expect(stderr).toContain("desired-state/two.yaml:1");
    expect(stdout).toContain("2 problems");
  });

  it("prints exactly one JSON document to stdout, whatever happens", async () => {
    const commands = [["validate"], ["plan"], ["reconcile"], ["drift"], ["status"], ["history"], ["health"]];
    for (const words of commands) {
      const { stdout } = await quadgate(...words, "--output", "json");
      expect(JSON.parse(stdout), words.join(" ")).toMatchObject({ schemaVersion: 1 });
    }
    homelab.commit(BAD);
    expect(JSON.parse((await quadgate("plan", "--output", "json")).stdout)).toMatchObject({
      issues: [{ code: expect.any(String) }, { code: expect.any(String) }],
    });
  });

  it("prints the built-in report in homelab-intel's format, without running homelab-intel", async () => {
    homelab.world.healthScore = 20;
    const { stdout } = await quadgate("health", "--output", "homelab-intel");
    const { timestamp, health_score, metrics } = JSON.parse(stdout) as Record<string, unknown>;
    expect(Date.parse(String(timestamp))).toBe(homelab.world.clock.ms);
    expect(health_score).toBe(100);
    expect(metrics).toMatchObject({ failed_units: 0, unhealthy_containers: 0 });
    expect((await quadgate("plan", "--output", "homelab-intel")).stderr).toMatch(
      /Allowed choices are text, json/,
    );
  });

  it("says on stderr what is wrong and what to do about it", async () => {
    const cases: [string[], RegExp, RegExp][] = [
      [["reconcile", "--force"], /--force needs --reason/, /for the record/],
      [["reconcile", "--reason", "urgent"], /there is no --force/, /add --force/],
      [["reconcile", "--dry-run", "--reason", ""], /there is no --force/, /add --force/],
      [["rollback", "--force"], /--force needs --reason/, /for the record/],
      [["rollback", "--reason", "urgent"], /there is no --force/, /add --force/],
      [["deploy", "web", "--reason", "urgent"], /there is no --force/, /add --force/],
      [["reconcile", "nobody"], /no instance is called nobody/, /there are: web/],
      [["health", "--history", "--output", "homelab-intel"], /no output homelab-intel/, /--output json/],
      [["hook", "install", "/nowhere"], /\/nowhere is not a git repository/, /you push to/],
      [["approve"], /no plan is held/, /quadgate plan/],
      [["rollback", "nothing"], /no revision "nothing"/, /quadgate history/],
      [["plan", "--config", "/nowhere.yaml"], /no settings file \/nowhere.yaml/, /--config/],
      [["plan", "--branch", "nowhere"], /no branch "nowhere"/, /--branch/],
    ];
    for (const [words, what, hint] of cases) {
      const { exitCode, stdout, stderr } = await quadgate(...words);
      expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 1, stdout: "" });
      expect(stderr).toMatch(what);
      expect(stderr).not.toMatch(/Reverted/);
      expect(stderr).toMatch(hint);
    }
  });

  it("that does not exist is refused with the list of commands", async () => {
    const { exitCode, stderr } = await quadgate("reconcil");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/unknown command 'reconcil'/);
    expect(stderr).toMatch(/reconcile/);
    const option = await quadgate("plan", "--nonsense");
    expect(option).toMatchObject({ exitCode: 1, stdout: "" });
    expect(option.stderr).toMatch(/unknown option '--nonsense'/);
  });

  it("prints help and version to stdout and ends with 0", async () => {
    expect(await quadgate("--version")).toMatchObject({ exitCode: 0, stdout: "1.2.3\n" });
    const help = await quadgate("--help");
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toMatch(/reconcile\|sync/);
    expect((await quadgate("plan", "--help")).stdout).toMatch(/--retry/);
  });

  it("shows a defect of quadgate itself with its stack", async () => {
    const { io, output } = stage(homelab.world, homelab);
    const broken = {
      ...io,
      host: () => {
        throw new TypeError("it is broken");
      },
    };
    expect(await runCli(broken, ["plan"])).toBe(1);
    expect(output().stderr).toMatch(/a defect in quadgate: TypeError: it is broken\n\s+at /);
  });

  it("shows what the host refuses by its path, without a stack", async () => {
    const { io, output } = stage(homelab.world, homelab);
    const refused = { ...io, host: () => readFileSync("x".repeat(300)) as never };
    expect(await runCli(refused, ["plan"])).toBe(1);
    expect(output().stderr).toMatch(
      /^error: ENAMETOOLONG: name too long, open 'x+'\n {2}check the owner.*\n$/,
    );
  });

  it("warns on stderr about a variable that sets nothing", async () => {
    const environment = { QUADGATE_GATE_BLOK: "90" };
    const said = await run(
      homelab.world,
      { repository: homelab.repository, environment },
      "plan",
      "--output",
      "json",
    );
    expect(said.stderr).toContain("warning: no setting has the variable QUADGATE_GATE_BLOK");
    expect(JSON.parse(said.stdout)).toMatchObject({ schemaVersion: 1 });
  });

  it("prints nothing but the result with --quiet, errors included", async () => {
    expect((await quadgate("reconcile", "--quiet")).stderr).toBe("");
    expect((await quadgate("approve", "--quiet")).stderr).toMatch(/no plan is held/);
  });
});
