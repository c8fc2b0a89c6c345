import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import type { Issue } from "../../src/model/issue.ts";
import { LABEL_DIGEST, LABEL_INSTANCE } from "../../src/model/unit.ts";
import { describeHomelab, fieldsWith, workOf } from "../support/flow-homelab.ts";
import { cache, HOMELAB, web } from "../support/flow-manifests.ts";

const PLAN_KEYS = ["schemaVersion", "revision", "host", "digest", "gate", "changes", "summary"];

describeHomelab("a commit of manifests", { files: HOMELAB }, (home) => {
  test("is planned first: exit 2, one JSON document on stdout, and nothing written to the host", async () => {
    const { exitCode, document, stderr } = await home().ask("plan");
    expect(exitCode).toBe(2);
    expect(stderr).toBe("");
    expect(Object.keys(document).slice(0, PLAN_KEYS.length)).toEqual(PLAN_KEYS);
    expect(document).toMatchObject({ schemaVersion: 1, host: "htpc", gate: { state: "open", score: 100 } });
    expect(document.revision).toBe(await home().repo.git("rev-parse", "HEAD"));
    expect([...workOf(document)].sort()).toEqual([
      `create ${home().routeDir}/web.yml`,
      "create cache.container",
      "create cache.network",
      "create monitoring.network",
      "create reverse_proxy.network",
      "create web.container",
    ]);
    expect(document.summary).toEqual({ create: 6, update: 0, restart: 0, delete: 0, none: 0 });
    expect(await home().lab.exists(home().unitDir)).toBe(false);
  });

  test("is deployed and verified: networks, units, healthy containers and a route for Traefik", async () => {
    const result = await home().lab.quadgate(["reconcile"]);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/^Applied and verified [0-9a-f]{12}: 6 units changed \([^)]+\)\.$/);
    expect(result.stderr).toMatch(/^✓ created web\.container/m);

    const unit = await home().unit("web.container");
    const [container] = JSON.parse(await home().podman("container", "inspect", "web"));
    expect(container.State).toMatchObject({ Status: "running", Health: { Status: "healthy" } });
    expect(Object.keys(container.NetworkSettings.Networks).sort()).toEqual([
      "systemd-monitoring",
      "systemd-reverse_proxy",
    ]);
    expect(container.Config.Labels[LABEL_INSTANCE]).toBe("web");
    expect(unit).toContain(`${LABEL_DIGEST}=${container.Config.Labels[LABEL_DIGEST]}`);
    expect(unit.split("\n")[0]).toMatch(/^# .*quadgate.*desired-state\/web\.yaml/);
    expect(await home().systemctl("is-active", "web.service", "cache.service")).toBe("active\nactive");
    expect(await home().lab.read(`${home().routeDir}/web.yml`)).toContain('url: "http://web:8096"');
  });

  test("is in sync afterwards: further runs change nothing, say so, and are only counted in the history", async () => {
    const seen = () => home().lab.snapshot({ ignore: /history\.jsonl/ });
    const before = await seen();
    const ids = [await home().identity("web"), await home().identity("cache")];
    const result = await home().lab.quadgate(["reconcile"]);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toMatch(/^In sync at [0-9a-f]{12}: 6 units, nothing to do \([^)]+\)\.$/);
    const again = await home().ask("reconcile");
    expect(again).toMatchObject({ exitCode: 0, stderr: "", document: { result: "in-sync", outcomes: [] } });
    expect(again.document.record).toMatchObject({ score: null, trigger: "cli" });
    expect(Object.keys(again.document).slice(0, PLAN_KEYS.length)).toEqual(PLAN_KEYS);

    expect([await home().identity("web"), await home().identity("cache")]).toEqual(ids);
    expect(await seen()).toBe(before);
    const rows = (await home().history()).map((record) => ({ result: record.result, count: record.count }));
    expect(rows).toEqual([
      { result: "applied", count: 1 },
      { result: "in-sync", count: 2 },
    ]);
    expect(await home().ask("plan")).toMatchObject({ exitCode: 0, document: { gate: { state: "open" } } });
  });

  test("is all that is deployed: uncommitted changes show with --working-tree alone", async () => {
    const { lab, repo, ask } = home();
    const folder = ["--working-tree", repo.workTree];
    await lab.write(`${repo.workTree}/desired-state/web.yaml`, web("memory: 1G\n"));
    await lab.write(`${repo.workTree}/desired-state/second.yaml`, web("", "second"));

    const rendered = await lab.quadgate(["render", "web", ...folder]);
    expect(rendered).toMatchObject({ exitCode: 0, stderr: "" });
    expect(rendered.stdout).toContain("MemoryMax=1G");
    const validated = await ask<{ valid: boolean }>("validate", ...folder);
    expect(validated).toMatchObject({ exitCode: 0, document: { revision: null, valid: true } });
    const plan = await ask("plan", ...folder);
    expect(plan).toMatchObject({ exitCode: 2, document: { revision: null } });
    expect([...workOf(plan.document)].sort()).toEqual([
      `create ${home().routeDir}/second.yml`,
      "create second.container",
      "update web.container",
    ]);
    const drift = await ask<DriftReport>("drift", "web", ...folder);
    expect(drift).toMatchObject({ exitCode: 2, document: { revision: null } });
    expect(fieldsWith(drift.document)).toContain("web.container unit");

    expect(await ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
    expect(await home().unit("web.container")).toContain("MemoryMax=512M");
    expect(await lab.exists(`${home().unitDir}/second.container`)).toBe(false);
    await repo.git("checkout", "--", ".");
    await repo.git("clean", "-fdq");
  });
});

describeHomelab("a commit with mistakes", { files: HOMELAB }, (home) => {
  const mistakes = {
    "desired-state/broken.yaml": web("memroy: 1G\nport: 70000\n", "broken").replace("hostname:", "hostnam:"),
    "desired-state/web.yaml": web("memory: 1G\n"),
    "desired-state/typo.yaml": cache("values: { variant: redsi }\n"),
  };

  test("is reported as a whole: every mistake of every file with its place and the nearest valid word", async () => {
    await home().repo.commitAndPush(mistakes, "Make mistakes");
    const text = await home().lab.quadgate(["validate"]);
    expect(text.exitCode).toBe(1);
    expect(text.stderr).toMatch(/^error: desired-state\/broken\.yaml:3:1: .*hostnam.*hostname/m);
    expect(text.stderr).toMatch(/^error: desired-state\/broken\.yaml:6:1: .*memroy.*memory/m);
    expect(text.stderr).toMatch(/^error: desired-state\/broken\.yaml:7:\d+: .*port/m);
    expect(text.stderr).toMatch(/^error: desired-state\/typo\.yaml:3:\d+: .*redsi.*redis/m);
    expect(text.stdout).toMatch(/^Not valid: \d+ problems\.$/);

    const json = await home().ask<{ valid: boolean; issues: readonly Issue[] }>("validate");
    expect(json).toMatchObject({ exitCode: 1, stderr: "", document: { valid: false } });
    expect(new Set(json.document.issues.map(({ instance }) => instance))).toEqual(
      new Set(["broken", "typo"]),
    );
  });

  test("leaves alone the instances that have them, and no others", async () => {
    const before = await home().deploy(
      {
        "desired-state/broken.yaml": cache(),
        "desired-state/typo.yaml": cache(),
        "desired-state/web.yaml": web(),
      },
      "Mend them",
    );
    expect(before).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    const leftAlone = [await home().identity("broken"), await home().identity("typo")];

    const { exitCode, document, stderr } = await home().deploy(mistakes, "Make mistakes again");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/broken\.yaml:3:1/);
    expect(document.result).toBe("applied");
    expect(workOf(document)).toEqual(["update web.container"]);
    expect(await home().unit("web.container")).toContain("MemoryMax=1G");
    expect([await home().identity("broken"), await home().identity("typo")]).toEqual(leftAlone);
  });
});
