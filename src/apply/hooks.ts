import { at, type Json, textAt } from "../model/live.ts";
import { maskOutput } from "../model/mask.ts";
import { type Outcome, runsHooks } from "../model/plan.ts";
import { type ApplyInput, containerName, failure, work } from "./context.ts";

/** A hook may dump a large database. */
const HOOK_TIMEOUT_MS = 30 * 60_000;

/**
 * Runs `hooks.beforeUpdate` in the containers that are about to be updated. An instance whose hook fails is
 * not updated: all its changes come back as failed, for a backup that did not work must not be followed by
 * what it was made against.
 */
export async function runHooks(input: ApplyInput): Promise<readonly Outcome[]> {
  const changes = work(input.plan);
  const due = [...input.hooks].filter(([instance]) =>
    changes.some((one) => one.instance === instance && runsHooks(one)),
  );
  const results = await Promise.all(
    due.map(async ([instance, commands]) => {
      const message = await runInOrder(input, instance, commands);
      const own = changes.filter((change) => change.instance === instance);
      return message === undefined ? [] : own.map((change) => failure(change, 0, message));
    }),
  );
  return results.flat();
}

function isRunning(container: Json, name: string): boolean {
  return textAt(container, "Name") === name && at(container, "State", "Running") === true;
}

/** The first failure, or undefined. A container that does not run now has nothing to be saved from. */
async function runInOrder(
  { host, units, live, emit, signal }: ApplyInput,
  instance: string,
  commands: readonly string[],
): Promise<string | undefined> {
  const unit = units.find((one) => one.name === `${instance}.container`);
  const container = unit && containerName(unit);
  if (container === undefined || !live.containers.some((one) => isRunning(one, container))) return undefined;
  for (const command of commands) {
    // Then there is no update either.
    if (signal?.aborted) return undefined;
    emit({ type: "waiting", message: `${instance}: hook before the update` });
    const result = await host.podman.exec(container, ["sh", "-c", command], HOOK_TIMEOUT_MS);
    if (result.exitCode !== 0) {
      const why = result.timedOut ? "timed out" : `exit status ${result.exitCode ?? "unknown"}`;
      return `hooks.beforeUpdate failed (${why}): ${maskOutput(result.stderr.trim().split("\n").at(-1) ?? "")}`;
    }
  }
  return undefined;
}
