import { maskOutput } from "../lib/mask-secrets.ts";
import { at, type Json, serviceOf, textAt } from "../model/live.ts";
import { type Outcome, runsHooks } from "../model/plan.ts";
import { type ApplyInput, failure, work } from "./context.ts";

/** Of a failed hook's output: the number of lines shown, and the characters shown and read of each. */
const SHOWN = { lines: 30, width: 500, read: 16_384 };
/** A hook may dump a large database. */
const HOOK_TIMEOUT_MS = 30 * 60_000;

/**
 * Runs `hooks.beforeUpdate` in the containers that are about to be updated. If a hook fails, quadgate does
 * not update the instance, and all its changes come back as failed. An update must not follow a backup that
 * failed.
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

/**
 * The container of an instance that runs now. It and its service may have other names than the new text gives
 * them.
 */
function runningOf({ plan, live }: ApplyInput, instance: string): Json | undefined {
  const unit = `${instance}.container`;
  const service = plan.changes.find((change) => change.unit === unit)?.service;
  const path = live.files.get(unit)?.path;
  const isOwn = (name: string) =>
    name === service || (path !== undefined && live.services.get(name)?.sourcePath === path);
  return live.containers.find((one) => isOwn(serviceOf(one)) && at(one, "State", "Running") === true);
}

/** The first failure, or undefined. A container that does not run needs no hook before its update. */
async function runInOrder(
  input: ApplyInput,
  instance: string,
  commands: readonly string[],
): Promise<string | undefined> {
  const { host, emit, signal } = input;
  const running = runningOf(input, instance);
  if (running === undefined) return undefined;
  for (const command of commands) {
    // There will be no update then.
    if (signal?.aborted) return undefined;
    emit({ type: "waiting", message: `${instance}: running hooks.beforeUpdate` });
    const result = await host.podman.exec(textAt(running, "Name"), ["sh", "-c", command], HOOK_TIMEOUT_MS);
    if (result.exitCode !== 0) {
      const why = result.timedOut ? "timed out" : `exit status ${result.exitCode ?? "unknown"}`;
      emit({ type: "journal", unit: `${instance}.container`, lines: lastLines(result.stderr) });
      return `hooks.beforeUpdate failed (${why})`;
    }
  }
  return undefined;
}

/**
 * The last lines that a hook wrote, for people. They are masked before they are cut, because the end of a
 * secret may be what shows that it is one.
 */
function lastLines(text: string): readonly string[] {
  const lines = text.trim().split("\n").slice(-SHOWN.lines);
  return lines.map((line) => maskOutput(line.slice(0, SHOWN.read)).slice(0, SHOWN.width));
}
