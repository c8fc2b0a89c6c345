import { afterEach, beforeEach } from "vitest";
import type { TextState } from "../../../src/model/text-in-force.ts";
import { Stage, type Version } from "./stage.ts";

/** Gives each test of a file or a `describe` a stage of its own. */
export function settlingStage(): { readonly stage: Stage } {
  let stage: Stage | undefined;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage?.end());
  return {
    get stage() {
      if (stage === undefined) throw new Error("a stage exists only within a hook or a test");
      return stage;
    },
  };
}

/** A text by what its program does; the rest as a test needs it. */
export const text = (kind: Version["kind"], n: number, more: Partial<Version> = {}): Version => ({
  kind,
  restart: "always",
  check: "none",
  n,
  ...more,
});

/** Begins a sync and kills quadgate, as by kill -9, so many milliseconds later. */
export async function killedAfter(stage: Stage, ms: number): Promise<void> {
  const one = stage.quadgate();
  const dead = new Promise<void>((resolve) =>
    stage.world.in(ms, () => {
      one.connection.kill();
      resolve();
    }),
  );
  const options = { attended: false, allowPrune: true, lockWaitMs: 60_000 };
  await Promise.race([one.sync(options).catch(() => undefined), dead]);
}

/** What an instance is like: the text of its unit, whether that runs, and how far it has proved itself. */
export async function present(
  stage: Stage,
  instance = "app",
): Promise<{ inForce: string | undefined; runs: boolean; state: TextState | undefined }> {
  const { texts } = await stage.inventory();
  const inForce = stage.inForce(instance);
  return { inForce, runs: stage.running(instance) === inForce, state: texts[instance]?.state };
}
