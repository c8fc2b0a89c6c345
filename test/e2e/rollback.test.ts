import { expect, test } from "vitest";
import { codesOf, describeHomelab, HEALTHY, workOf } from "../support/flow-homelab.ts";
import { cache, HOMELAB, web } from "../support/flow-manifests.ts";

const SETTINGS = `${HEALTHY}verify: { timeout: 6s }\n`;
/** The stand-in image answers 503 to its health check while this is set. */
const UNHEALTHY = "environment: { UNHEALTHY: '1' }\n";

describeHomelab("a change that is regretted", { files: HOMELAB, settings: SETTINGS }, (home) => {
  let good = "";

  test("is undone by a git revert and a sync", async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    good = await home().unit("web.container");
    const image = web("memory: 1G\n").replace("10.10.7", "10.10.6");
    expect(await home().deploy({ "desired-state/web.yaml": image }, "Go back to an old image")).toMatchObject(
      {
        exitCode: 0,
        document: { result: "applied" },
      },
    );
    await home().repo.git("revert", "--no-edit", "HEAD");
    await home().repo.push();
    const { exitCode, document } = await home().ask("reconcile");
    expect(exitCode).toBe(0);
    expect(workOf(document)).toEqual(["update web.container"]);
    expect(codesOf(document.changes.flatMap(({ reasons }) => reasons))).toContain("image-changed");
    expect(await home().unit("web.container")).toBe(good);
    expect(await home().podman("inspect", "--format", "{{.ImageName}}", "web")).toContain(":10.10.7");
  });

  test("is undone by the command rollback: a new commit, pushed, with no history rewritten, and a sync", async () => {
    const bad = {
      "desired-state/web.yaml": web("memory: 2G\n"),
      "desired-state/third.yaml": cache(),
      "notes.txt": "not quadgate's business\n",
    };
    expect(await home().deploy(bad, "Change too much")).toMatchObject({ exitCode: 0 });
    const [target, head] = [
      await home().repo.git("rev-parse", "HEAD~"),
      await home().repo.git("rev-parse", "HEAD"),
    ];

    const result = await home().lab.quadgate(["rollback"]);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toContain("Change too much");
    await home().repo.git("pull", "-q", "--ff-only", "origin", "main");
    expect(await home().repo.git("rev-parse", "HEAD~")).toBe(head);
    expect(await home().repo.git("log", "-1", "--format=%B")).toMatch(
      new RegExp(`^Roll back to ${target.slice(0, 12)}[^]*Change too much`),
    );
    expect(await home().repo.git("diff", "--name-only", target, "HEAD")).toBe("notes.txt");
    expect(await home().unit("web.container")).toBe(good);
    expect(await home().podman("ps", "-a", "--format", "{{.Names}}")).not.toContain("third");
    expect((await home().history()).at(-1)).toMatchObject({ trigger: "rollback", result: "applied" });
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });

  test("is undone in the repository's checkout too, if quadgate follows that", async () => {
    const { repo, lab } = home();
    const follow = ["--repository", repo.workTree, "--state-dir", "/tmp/other", "--unit-dir", "/tmp/units"];
    const head = await repo.commit({ "desired-state/web.yaml": web("memory: 3G\n") }, "Change it again");
    expect(await lab.quadgate(["rollback", "HEAD~", "--no-sync", ...follow])).toMatchObject({ exitCode: 0 });
    expect(await repo.git("rev-parse", "HEAD~")).toBe(head);
    expect(await repo.git("status", "--porcelain")).toBe("");
    expect(await lab.read(`${repo.workTree}/desired-state/web.yaml`)).toBe(web());
  });
});

describeHomelab("a change that never gets healthy", { files: HOMELAB, settings: SETTINGS }, (home) => {
  const bad = { "desired-state/web.yaml": web(UNHEALTHY) };

  test("is put back automatically: exit 4, and what ran before runs again and is healthy", async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    const [unit, cacheBefore] = [await home().unit("web.container"), await home().identity("cache")];
    const { exitCode, document, stderr } = await home().deploy(bad, "Break it");
    expect(exitCode).toBe(4);
    expect(document.result).toBe("rolled-back");
    expect(stderr).toMatch(/failed web\.container/);
    expect(document.outcomes).toMatchObject([{ unit: "web.container", outcome: "failed" }]);
    expect(await home().unit("web.container")).toBe(unit);
    expect(await home().podman("inspect", "--format", "{{.State.Health.Status}}", "web")).toBe("healthy");
    expect(await home().identity("cache")).toBe(cacheBefore);
    const record = (await home().history()).at(-1);
    expect(record?.revision).toBe(await home().repo.git("rev-parse", "HEAD"));
    expect(record?.appliedRevision).toBe(await home().repo.git("rev-parse", "HEAD~"));
  });

  test("is not retried, as the next sync says; other instances are still synced", async () => {
    const before = await home().identity("web");
    const { exitCode, document } = await home().deploy(
      { "desired-state/cache.yaml": cache("memory: 600M\n") },
      "Change the cache",
    );
    expect({ exitCode, work: workOf(document) }).toEqual({ exitCode: 4, work: ["update cache.container"] });
    const change = document.changes.find(({ unit }) => unit === "web.container");
    expect(codesOf(change?.reasons ?? [])).toEqual(["failed-before"]);
    const next = await home().lab.quadgate(["reconcile"]);
    expect(next.exitCode).toBe(4);
    expect(next.stdout).toMatch(/^ {2}web: .*failed before .*--retry/);
    expect(await home().identity("web")).toBe(before);
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });

  test("is retried when a person asks for it", async () => {
    const before = await home().identity("web");
    const { exitCode, document } = await home().ask("reconcile", "--retry");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await home().identity("web")).not.toBe(before);
    expect(await home().podman("inspect", "--format", "{{.State.Health.Status}}", "web")).toBe("healthy");
  });

  test("is retried when its manifest changes", async () => {
    const { exitCode, document } = await home().deploy(
      { "desired-state/web.yaml": web("memory: 1G\n") },
      "Mend it",
    );
    expect({ exitCode, work: workOf(document) }).toEqual({ exitCode: 0, work: ["update web.container"] });
    expect(document.record.appliedRevision).toBe(await home().repo.git("rev-parse", "HEAD"));
    const status = await home().ask<{ failed: object }>("status");
    expect(status.document.failed).toEqual({});
  });

  test("is a failure while the host lacks what the old units need, and is put back afterwards", async () => {
    const secret = "secrets: [{ name: key, type: env, target: KEY }]\n";
    await home().sh("printf x | podman secret create key -");
    expect(await home().deploy({ "desired-state/web.yaml": web(secret) }, "Use a secret")).toMatchObject({
      exitCode: 0,
    });
    const unit = await home().unit("web.container");
    await home().podman("secret", "rm", "key");
    const { exitCode, document, stderr } = await home().deploy(bad, "Break it without the secret");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "failed" });
    expect(stderr).toContain("web: could not be put back: there is no podman secret");
    expect(await home().ask("drift")).toMatchObject({ exitCode: 2 });

    await home().sh("printf x | podman secret create key -");
    const finished = await home().ask("reconcile");
    expect(finished).toMatchObject({
      exitCode: 4,
      document: { result: "rolled-back", outcomes: [{ unit: "web.container", outcome: "updated" }] },
    });
    expect(await home().unit("web.container")).toBe(unit);
    expect(await home().podman("inspect", "--format", "{{.State.Health.Status}}", "web")).toBe("healthy");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 4, document: { outcomes: [] } });
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });

  test("restores the network that only it used and that the same commit removed", async () => {
    const moved = web(`${UNHEALTHY}networks: [reverse_proxy]\n`);
    const files = {
      "desired-state/cache.yaml": cache("networks: [cache]\n"),
      "desired-state/web.yaml": moved,
    };
    const { exitCode, document } = await home().deploy(files, "Leave the network monitoring, and break web");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await home().podman("inspect", "--format", "{{.State.Health.Status}}", "web")).toBe("healthy");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 4, document: { outcomes: [] } });
    expect(await home().podman("network", "ls", "--format", "{{.Name}}")).toContain("systemd-monitoring");
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });
});

describeHomelab("a new instance that never gets healthy", { files: HOMELAB, settings: SETTINGS }, (home) => {
  test("is removed again", async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    const before = await home().lab.snapshot({ ignore: /state\/quadgate|InvocationID|-healthcheck/ });
    const bad = web(UNHEALTHY, "newcomer");
    const { exitCode, document } = await home().deploy(
      { "desired-state/newcomer.yaml": bad },
      "Add newcomer",
    );
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await home().lab.snapshot({ ignore: /state\/quadgate|InvocationID|-healthcheck/ })).toBe(before);
    expect(await home().lab.exists(`${home().routeDir}/newcomer.yml`)).toBe(false);
    const next = await home().lab.quadgate(["reconcile"]);
    expect(next.exitCode).toBe(4);
    expect(next.stdout).toMatch(/^ {2}newcomer: .*failed before/m);
    expect(await home().podman("ps", "-a", "--format", "{{.Names}}")).not.toContain("newcomer");
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });
});
