import { beforeAll, expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { commandsOf, EXAMPLE_HOMELAB } from "../support/example-homelab.ts";
import { codesOf, describeHomelab, fieldsWith, type Homelab, workOf } from "../support/flow-homelab.ts";

/** Container to the containers that it needs, as patterns (their components) and manifests (`dependsOn`) say. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  authelia: ["authelia-redis"],
  "documents-paperless": ["documents-db", "documents-cache"],
  "exporters-cache": ["documents-cache"],
  photos: ["photos-db", "photos-redis", "photos-machine-learning"],
  wiki: ["wiki-db"],
};

/** An entry of podman's event log, as far as it is looked at. Times are in nanoseconds since the epoch. */
interface PodmanEvent {
  readonly Name: string;
  readonly Status: string;
  readonly timeNano: number;
  readonly health_status?: string;
}

async function containerEvents(home: Homelab): Promise<readonly PodmanEvent[]> {
  const log = await home.podman(
    "events",
    "--stream=false",
    "--since=1h",
    "--filter=type=container",
    "--format=json",
  );
  return log.split("\n").map((line) => JSON.parse(line) as PodmanEvent);
}

/** When a service began to start and when it was up, in microseconds since the host booted. */
interface Times {
  readonly began: number;
  readonly up: number;
  /** Units that systemd starts before it. */
  readonly after: readonly string[];
}

async function serviceTimes(home: Homelab, services: readonly string[]): Promise<ReadonlyMap<string, Times>> {
  const properties = "Id,After,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic";
  const text = await home.systemctl("show", `--property=${properties}`, ...services);
  return new Map(
    text.split("\n\n").map((block) => {
      const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(block)?.[1] ?? "";
      const began = Number(value("InactiveExitTimestampMonotonic"));
      const up = Number(value("ActiveEnterTimestampMonotonic"));
      return [value("Id"), { began, up, after: value("After").split(" ") }];
    }),
  );
}

/** Container ids by name. */
async function running(home: Homelab): Promise<Record<string, string>> {
  const text = await home.podman("ps", "--no-trunc", "--format", "{{.Names}} {{.ID}}");
  return Object.fromEntries(text.split("\n").map((line) => line.split(" ")));
}

describeHomelab("the example homelab", { files: Object.fromEntries(EXAMPLE_HOMELAB) }, (home) => {
  const containers: string[] = [];

  beforeAll(async () => {
    const [asRoot = "", asUser = ""] = commandsOf("Before the first sync");
    await home().lab.sh(asRoot, { user: "root" });
    await home().sh(`set -e\n${asUser}`, { cwd: home().repo.workTree });
  });

  test("is deployed to an empty host in one sync, and verified", async () => {
    const { exitCode, document, stderr } = await home().ask("reconcile");
    const problems = stderr.split("\n").filter((line) => /^(error|warning|✗)/.test(line));
    expect({ problems, exitCode, result: document.result }).toEqual({
      problems: [],
      exitCode: 0,
      result: "applied",
    });
    expect(document.outcomes.filter(({ outcome }) => outcome !== "created")).toEqual([]);
    containers.push(...document.outcomes.flatMap(({ unit }) => /^(.*)\.container$/.exec(unit)?.[1] ?? []));
    expect(containers.length).toBeGreaterThan(20);
    expect(Object.keys(await running(home())).sort()).toEqual(
      containers.map((name) => (name === "website" ? "systemd-website" : name)).sort(),
    );
  });

  test("starts nothing before what it needs is healthy, as podman's own log shows", async () => {
    const events = await containerEvents(home());
    const first = (name: string, status: string, health?: string) =>
      events.find(
        (event) =>
          event.Name === name &&
          event.Status === status &&
          (health === undefined || event.health_status === health),
      )?.timeNano ?? Number.NaN;
    for (const [name, needed] of Object.entries(NEEDS)) {
      for (const other of needed) {
        const healthy = first(other, "health_status", "healthy");
        expect(first(name, "create"), `${name} after ${other}`).toBeGreaterThan(healthy);
      }
    }
  });

  test("starts in the order given to systemd, networks first", async () => {
    const all = await home().systemctl("list-units", "--plain", "--no-legend", "--type=service,socket");
    const names = all.split("\n").flatMap((line) => /^(\S+)/.exec(line)?.[1] ?? []);
    const times = await serviceTimes(home(), names);
    const late: string[] = [];
    const after = (name: string) =>
      (times.get(name)?.after ?? []).flatMap((other) => {
        const earlier = times.get(other);
        return earlier === undefined ? [] : [{ other, ...earlier }];
      });
    for (const name of containers) {
      const before = after(`${name}.service`);
      const began = times.get(`${name}.service`)?.began ?? Number.NaN;
      late.push(...before.filter(({ up }) => !(up <= began)).map(({ other }) => `${other}, then ${name}`));
      if (name !== "website") expect(before.map(({ other }) => other).join()).toContain("-network.service");
    }
    expect(late).toEqual([]);
    expect(after("traefik.service").map(({ other }) => other)).toEqual(
      expect.arrayContaining(["traefik-http.socket", "traefik-https.socket"]),
    );
  });

  test("has no drift right after, and nothing left to do", async () => {
    const { exitCode, document } = await home().ask<DriftReport>("drift");
    expect({ exitCode, drift: fieldsWith(document), warnings: fieldsWith(document, "warning") }).toEqual({
      exitCode: 0,
      drift: [],
      warnings: [],
    });
    const before = await running(home());
    const again = await home().ask("reconcile");
    expect({ exitCode: again.exitCode, result: again.document.result }).toEqual({
      exitCode: 0,
      result: "in-sync",
    });
    expect(await running(home())).toEqual(before);
  });

  test("is watched by Prometheus, which finds its targets by itself", async () => {
    const targets = () =>
      home().sh("podman exec prometheus wget -q -O - http://127.0.0.1:9090/api/v1/targets");
    await expect
      .poll(async () => JSON.parse(await targets()).data.activeTargets, { timeout: 60_000, interval: 1_000 })
      .toContainEqual(
        expect.objectContaining({
          scrapePool: "quadgate",
          health: "up",
          labels: expect.objectContaining({ job: "exporters-host" }),
        }),
      );
  });

  test("loses one service and gets it back without a restart of any other", async () => {
    const { jellyfin, ...others } = await running(home());
    const path = "desired-state/household/jellyfin.yaml";
    const removal = await home().deploy({ [path]: null }, "Remove Jellyfin");
    expect({ exitCode: removal.exitCode, result: removal.document.result }).toEqual({
      exitCode: 0,
      result: "applied",
    });
    expect(workOf(removal.document).filter((work) => !work.startsWith("delete "))).toEqual([]);
    expect(await running(home())).toEqual(others);
    const { exitCode, document } = await home().ask("rollback");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    const { jellyfin: back, ...same } = await running(home());
    expect(same).toEqual(others);
    expect(back).not.toBe(jellyfin);
  });

  test("is not deleted when git becomes empty", async () => {
    const before = await running(home());
    const gone = [...EXAMPLE_HOMELAB.keys()].filter((path) =>
      /^desired-state\/.*\.(yaml|container)$/.test(path),
    );
    await home().repo.git("pull", "-q", "origin", "main");
    const empty = await home().deploy(Object.fromEntries(gone.map((path) => [path, null])), "Empty it");
    expect(empty.exitCode).toBe(3);
    expect(codesOf(empty.document.gate.reasons)).toEqual(
      expect.arrayContaining(["empty-desired-state", "prune-limit"]),
    );
    expect(await running(home())).toEqual(before);
    const kept = "desired-state/web/website.container";
    const most = await home().deploy({ [kept]: EXAMPLE_HOMELAB.get(kept) ?? "" }, "Keep the web site alone");
    expect(most.exitCode).toBe(3);
    expect(codesOf(most.document.gate.reasons)).toContain("prune-limit");
    expect(await running(home())).toEqual(before);
  });
});
