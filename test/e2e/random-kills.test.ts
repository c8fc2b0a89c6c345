import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { describeHomelab, HEALTHY } from "../support/flow-homelab.ts";
import { APP, app, at, type Registry, startRegistry } from "../support/flow-registry.ts";
import { inventoryOf } from "../support/flow-settling.ts";

const SEED = Number(process.env.QUADGATE_SEED ?? (process.env.CI ? 20_261_123 : Date.now() % 1e9));
const SETTINGS = `${HEALTHY}verify: { timeout: 30s, stable: 4s, probation: 6s }
daemon: { poll: "0 0 1 1 *" }
`;
/** Pulls an image of 2 MB in three seconds. */
const SLOW = { app: { bytesPerSecond: 700_000 } };
const BAD = "Exec=sh -c 'sleep 2; exit 3'\n";
const CHECK = "HealthCmd=sleep 1\nNotify=healthy\n";
const MORE = "[Service]\nRestart=always\nRestartSec=1s\n[Install]\nWantedBy=default.target\n";

const text = (tag: number, more = "") => ({
  [APP]: app(at(`app:${tag}`), `Volume=data.volume:/data\n${CHECK}${more}${MORE}`),
});

/** What an update goes through, and how long each takes, in milliseconds. `end`: on probation, or back again. */
const PHASES = { pull: 3_000, start: 2_500, settling: 4_000, end: 6_000 };
type Phase = keyof typeof PHASES;
const NAMES: readonly Phase[] = ["pull", "start", "settling", "end"];

const interruption = fc.noBias(
  fc.record({ isGood: fc.boolean(), cut: fc.nat(2), later: fc.nat(1_000), any: fc.nat(NAMES.length - 1) }),
);
/** Each phase once, and one of them again. */
const ROUNDS = fc
  .sample(interruption, { numRuns: 5, seed: SEED })
  .map(({ isGood, cut, later, any }, index) => {
    const phase = NAMES[index] ?? NAMES[any] ?? "pull";
    const what = isGood ? "good" : "bad";
    const how = cut === 0 ? "power cut" : "kill -9";
    return { tag: index + 2, what, how, phase, afterMs: Math.round((PHASES[phase] * later) / 1_000) };
  });

describeHomelab(
  "an update that is cut off at a random moment",
  { files: { ...text(1), "desired-state/data.volume": "[Volume]\n" }, settings: SETTINGS },
  (home) => {
    let registry: Registry;
    let good = 1;
    beforeAll(async () => {
      process.stderr.write(`QUADGATE_SEED=${SEED}\n`);
      registry = await startRegistry(home());
      await registry.push("version 1", ["app:1"]);
      expect((await home().ask("reconcile", "--yes")).exitCode).toBe(0);
      await home().sh("podman exec app sh -c 'echo precious >/data/file'");
    });

    /** Resolves when the update is in the phase. */
    async function reaches({ phase, tag, what }: (typeof ROUNDS)[number]): Promise<void> {
      const shown = "podman container inspect -f '{{.ImageName}} {{.State.Running}}' app";
      const until = {
        pull: "ls -d /var/tmp/container_images_*",
        start: `grep -q 'app:${tag}$' ${home().unitDir}/app.container`,
        settling: `[ "$(${shown})" = "${at(`app:${tag}`)} true" ]`,
        end: "true",
      };
      await home().sh(`until ${until[phase]}; do sleep 0.1; done >/dev/null 2>&1`);
      if (phase !== "end") return;
      const head = await home().repo.git("rev-parse", "HEAD");
      for (;;) {
        const { texts, failed } = await inventoryOf(home());
        const isSettled = texts.app?.revision === head && texts.app.state !== "fresh";
        if (what === "good" ? isSettled : failed.app?.revision === head) return;
        await sleep(100);
      }
    }

    async function cutOff(round: (typeof ROUNDS)[number]): Promise<void> {
      const child = home().lab.spawn(["quadgate", "daemon", "--verbose"]);
      const ended = child.catch(() => undefined);
      await reaches(round);
      await sleep(round.afterMs);
      if (round.how === "power cut") {
        await home().lab.restart();
        registry = await startRegistry(home());
      } else child.kill("SIGKILL");
      await ended;
      await registry.rules({});
    }

    /** What runs now, by the tag of its image, and its service as it is now. */
    async function running(): Promise<readonly string[]> {
      return [
        await home().podman("container", "inspect", "-f", "{{.ImageName}} {{.State.Health.Status}}", "app"),
        await home().systemctl("show", "-P", "ActiveState", "-P", "InvocationID", "app.service"),
      ];
    }

    async function expectImages(): Promise<void> {
      const { texts, kept } = await inventoryOf(home());
      const all = [texts.app, ...(kept.app ?? [])].flatMap((one) => Object.values(one?.images ?? {}));
      expect(all.length).toBeGreaterThan(0);
      for (const id of new Set(all)) await home().podman("image", "inspect", "-f", "{{.Id}}", id);
    }

    test.each(ROUNDS)("$tag: a $what one, by $how, $afterMs ms into $phase", async (round) => {
      const { tag } = round;
      const isGood = round.what === "good";
      await registry.push(`version ${tag}`, [`app:${tag}`], 2);
      await registry.rules(SLOW);
      await home().repo.commitAndPush(text(tag, isGood ? "" : BAD), `Update to ${tag}`);
      await cutOff(round);

      const { exitCode, stderr } = await home().ask("reconcile", "--yes");
      expect(exitCode, stderr).toBe(isGood ? 0 : 4);
      if (isGood) good = tag;
      const found = await running();
      expect(found[0]).toBe(`${at(`app:${good}`)} healthy`);
      const { texts, due, failed, units } = await inventoryOf(home());
      expect(["settled", "good"]).toContain(texts.app?.state);
      expect({ due, failed: Object.keys(failed) }).toEqual({ due: [], failed: isGood ? [] : ["app"] });
      expect(Object.values(units).filter(({ pending }) => pending !== undefined)).toEqual([]);
      await expectImages();
      expect(await home().sh("podman exec app cat /data/file")).toBe("precious");

      const again = await home().ask("reconcile", "--yes");
      expect({ exitCode: again.exitCode, outcomes: again.document.outcomes }, again.stderr).toEqual({
        exitCode: isGood ? 0 : 4,
        outcomes: [],
      });
      expect(await running()).toEqual(found);
      const lines = (await home().lab.read(`${home().stateDir}/history.jsonl`)).trim().split("\n");
      expect((await home().history()).length).toBe(lines.length);
    });
  },
);
