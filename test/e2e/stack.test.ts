import { expect, test } from "vitest";
import { BOX_PATTERN } from "../support/flow-box.ts";
import { describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";

const STACK = `shared:
  pattern: box
  health: { cmd: "test -e /tmp/ready", interval: 1s, retries: 100 }
services:
  app:
    command: [sh, -c, "touch /tmp/ready; exec hold"]
    dependsOn: [db, cache]
  db:
    command: [sh, -c, "sleep 3; touch /tmp/ready; exec hold"]
  cache:
    command: [sh, -c, "sleep 1; touch /tmp/ready; exec hold"]
    dependsOn: [db]
`;

/** When a service began to start and when it was up, in microseconds since the host booted. */
async function times(home: Homelab, service: string): Promise<{ began: number; up: number }> {
  const text = await home.systemctl(
    "show",
    "--property=InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic",
    `${service}.service`,
  );
  const value = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(text)?.[1]);
  return { began: value("InactiveExitTimestampMonotonic"), up: value("ActiveEnterTimestampMonotonic") };
}

async function expectOrder(home: Homelab): Promise<void> {
  const [db, cache, app] = await Promise.all(
    ["three-db", "three-cache", "three-app"].map((name) => times(home, name)),
  );
  expect(db?.up).toBeGreaterThan((db?.began ?? 0) + 2_900_000);
  expect(cache?.began).toBeGreaterThanOrEqual(db?.up ?? Number.NaN);
  expect(app?.began).toBeGreaterThanOrEqual(cache?.up ?? Number.NaN);
  expect(app?.up).toBeGreaterThan(0);
}

describeHomelab(
  "a stack",
  { files: { "patterns/box.yaml": BOX_PATTERN, "desired-state/three.yaml": STACK } },
  (home) => {
    test("is deployed level by level: what depends on another begins once that is healthy", async () => {
      const { exitCode, document } = await home().ask("reconcile");
      expect(exitCode).toBe(0);
      expect(workOf(document)).toEqual([
        "create boxes.network",
        "create three-db.container",
        "create three-cache.container",
        "create three-app.container",
      ]);
      expect(document.changes.map(({ instance }) => instance)).toEqual([
        "networks",
        "three-db",
        "three-cache",
        "three-app",
      ]);
      await expectOrder(home());
      expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
    });

    test("comes up in the same order when systemd starts it after a boot", async () => {
      await home().lab.restart();
      await expect
        .poll(() => home().systemctl("show", "--property=ActiveState", "three-app.service"), {
          timeout: 60_000,
          interval: 500,
        })
        .toBe("ActiveState=active");
      await expectOrder(home());
    });

    test("loses the instance whose entry is removed, and no other", async () => {
      const before = await Promise.all(["three-db", "three-cache"].map((name) => home().identity(name)));
      const shorter = STACK.replace(/ {2}app:[\s\S]*? {2}db:/, "  db:");
      const { exitCode, document } = await home().deploy(
        { "desired-state/three.yaml": shorter },
        "Remove app",
      );
      expect(exitCode).toBe(0);
      expect(workOf(document)).toEqual(["delete three-app.container"]);
      expect(await Promise.all(["three-db", "three-cache"].map((name) => home().identity(name)))).toEqual(
        before,
      );
    });

    test("keeps its instances if its file can no longer be read", async () => {
      const broken = { "desired-state/three.yaml": "services: [\n" };
      const { exitCode, document } = await home().deploy(broken, "Break the stack");
      expect(exitCode).toBe(1);
      expect(workOf(document)).toEqual([]);
      expect((await home().podman("ps", "--format", "{{.Names}}")).split("\n").sort()).toEqual([
        "three-cache",
        "three-db",
      ]);
    });
  },
);
