import fc from "fast-check";
import { reboot, restartManager } from "../fake-host/index.ts";
import { killedAfter } from "./fixture.ts";
import { Monitor } from "./monitor.ts";
import { type ActKind, KINDS, nameOf, Stage, type Version } from "./stage.ts";

export type Step =
  | {
      readonly step: "commit";
      readonly version: Version;
      /** What somebody does while the sync of it runs. */
      readonly meanwhile?: { readonly afterMs: number; readonly act: ActKind | "kill -9" | "sync" };
    }
  | { readonly step: "comment" }
  | { readonly step: "wait"; readonly ms: number }
  | { readonly step: "act"; readonly act: ActKind }
  | { readonly step: "boot"; readonly cut: boolean; readonly firstFails: boolean }
  | { readonly step: "restart-manager" }
  | { readonly step: "turn"; readonly what: Switch }
  /** From now on it requires a good instance, to which something may happen. */
  | { readonly step: "need" }
  | { readonly step: "act-on-needed"; readonly act: ActKind };

/** What lasts until it is turned again, or until the end. */
type Switch = "the gate blocks" | "git is down" | "suspended";

const version: fc.Arbitrary<Version> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant("ok" as const) },
    { weight: 4, arbitrary: fc.constantFrom(...(Object.keys(KINDS) as Version["kind"][])) },
  ),
  restart: fc.constantFrom("no", "on-failure", "always"),
  check: fc.constantFrom("none", "plain", "kill", "notify"),
  n: fc.integer({ min: 1, max: 2 }),
  restartSec: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(3, 12) },
  ),
});

const act: fc.Arbitrary<ActKind> = fc.constantFrom(
  ...(["stop", "start", "restart", "podmanKill", "podmanRestart", "podmanStop", "systemctlKill"] as const),
);

const commit = fc.record(
  {
    step: fc.constant("commit" as const),
    version,
    meanwhile: fc.record({
      afterMs: fc.integer({ min: 0, max: 60 }).map((tenths) => tenths * 250),
      act: fc.oneof(act, fc.constantFrom("kill -9" as const, "sync" as const)),
    }),
  },
  { requiredKeys: ["step", "version"] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: commit },
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant("wait" as const),
      ms: fc.constantFrom(500, 5_000, 15_000, 40_000, 80_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constant("act" as const), act }) },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant("boot" as const), cut: fc.boolean(), firstFails: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ step: "restart-manager" as const }) },
  { weight: 1, arbitrary: fc.constant({ step: "comment" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant("act-on-needed" as const),
      act: fc.constantFrom<ActKind[]>("restart", "podmanKill", "podmanRestart", "podmanStop"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant("turn" as const),
      what: fc.constantFrom<Switch[]>("the gate blocks", "git is down", "suspended"),
    }),
  },
);

export const sequence: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.nat({ max: 3 }), commit, fc.array(step, { minLength: 1, maxLength: 6 }))
  .map(([rest, first, others]) => [...(rest === 1 ? [{ step: "need" as const }] : []), first, ...others]);

const APP = "app";
const NEEDED = "db";

/** Runs a sequence against the real quadgate; throws with what is against the contract. */
export async function runSequence(steps: readonly Step[]): Promise<void> {
  const stage = new Stage();
  const monitor = new Monitor(stage, APP);
  const run = new Run(stage, monitor);
  try {
    for (const one of steps) await run.take(one);
    await run.settle();
  } finally {
    stage.end();
  }
}

class Run {
  readonly #stage: Stage;
  readonly #monitor: Monitor;
  readonly #said: string[] = [];
  readonly #on = new Set<Switch>();
  #version: Version | undefined;
  /** More lines of `[Unit]`. */
  #unit = "";

  constructor(stage: Stage, monitor: Monitor) {
    this.#stage = stage;
    this.#monitor = monitor;
  }

  async take(step: Step): Promise<void> {
    const { world } = this.#stage;
    this.#said.push(`${JSON.stringify(step)}`);
    // Nothing happens within one millisecond on a real machine.
    await this.#stage.pass(40);
    if (step.step === "commit") return this.#commit(step);
    if (step.step === "comment" && this.#version !== undefined)
      this.#stage.deploy(APP, this.#version, { unit: this.#unit, comment: String(this.#said.length) });
    if (step.step === "need") return this.#need();
    if (step.step === "act-on-needed" && this.#unit !== "") this.#stage.act(step.act, NEEDED);
    if (step.step === "wait") await this.#stage.pass(step.ms);
    if (step.step === "act" && world.contents.loaded.has(`${APP}.service`)) this.#stage.act(step.act, APP);
    if (step.step === "boot") {
      if (step.firstFails) world.contents.nextStarts.set(`${APP}.service`, [{ kind: "exits" }]);
      this.#stage.acts.push({ at: world.clock.steady, service: `${APP}.service`, kind: "boot" });
      await reboot(world, { cut: step.cut });
    }
    if (step.step === "restart-manager") await restartManager(world);
    if (step.step === "turn") await this.#turn(step.what);
    await this.#stage.pass(40);
    await this.sync();
  }

  async #commit({ version, meanwhile }: Extract<Step, { step: "commit" }>): Promise<void> {
    const { world } = this.#stage;
    this.#version = version;
    this.#stage.deploy(APP, version, { unit: this.#unit });
    this.#monitor.ask(nameOf(version));
    if (meanwhile?.act === "kill -9") {
      await killedAfter(this.#stage, meanwhile.afterMs);
    } else if (meanwhile?.act === "sync") {
      const other = this.#stage.pass(meanwhile.afterMs).then(() => this.#stage.sync());
      await Promise.all([this.sync(), other]);
    } else {
      const kind = meanwhile?.act;
      if (meanwhile !== undefined && kind !== undefined)
        world.in(meanwhile.afterMs, () => {
          if (world.contents.loaded.has(`${APP}.service`)) this.#stage.act(kind, APP);
        });
      await this.sync();
    }
    await this.sync();
  }

  async #need(): Promise<void> {
    this.#unit = `Requires=${NEEDED}.service\nAfter=${NEEDED}.service`;
    this.#stage.deploy(NEEDED, { kind: "ok", restart: "always", check: "none", n: 1 });
    await this.#stage.sync();
    await this.#stage.pass(80_000);
    await this.#stage.sync();
  }

  async #turn(what: Switch): Promise<void> {
    // What came before a suspension is judged before it.
    if (what === "suspended") await this.sync();
    if (!this.#on.delete(what)) this.#on.add(what);
    if (what === "suspended") await this.#stage.suspend(APP, this.#on.has(what));
    this.#stage.world.healthScore = this.#on.has("the gate blocks") ? 10 : 100;
  }

  /** One sync, and what it did. */
  async sync(): Promise<void> {
    const began = this.#stage.world.clock.steady;
    const isSuspended = this.#on.has("suspended");
    const result = await this.#trySync();
    this.#said.push(`  sync ${began % 10_000_000}: ${result}, ${await this.#present()}`);
    const problems = await this.#monitor.look(began, {
      canApply: this.#on.size === 0,
      isSuspended,
      isUnfinished: result === "failed",
    });
    if (problems.length === 0) return;
    throw new Error([...problems, ...this.#said].join("\n"));
  }

  async #trySync(): Promise<string> {
    if (!this.#on.has("git is down")) return (await this.#stage.sync()).result;
    return this.#stage.sync({}, { repository: "/nowhere" }).then(
      ({ result }) => result,
      () => "no git",
    );
  }

  async #present(): Promise<string> {
    const { texts } = await this.#stage.inventory();
    return `${this.#stage.inForce(APP) ?? "nothing"} ${texts[APP]?.state ?? ""} at ${this.#stage.world.clock.steady % 10_000_000}`;
  }

  /** Once nothing happens any more, everything comes to rest. */
  async settle(): Promise<void> {
    for (const what of [...this.#on]) await this.#turn(what);
    for (let round = 0; round < 3; round += 1) {
      await this.#stage.pass(30_000);
      await this.sync();
    }
  }
}
