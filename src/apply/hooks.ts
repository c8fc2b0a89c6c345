import { maskOutput } from "../lib/mask-secrets.ts";
import type { Emit } from "../model/event.ts";
import type { Host } from "../model/host.ts";
import type { HooksSpec } from "../model/instance.ts";
import { at, type Json, serviceOf, textAt } from "../model/live.ts";
import { type Outcome, runsHooks } from "../model/plan.ts";
import { fileNameOf } from "../model/unit.ts";
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
    due.map(async ([instance, { beforeUpdate }]) => {
      const message = await runBeforeUpdate(input, instance, beforeUpdate);
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
  const { unit = "", service } =
    plan.changes.find((change) => fileNameOf(change.unit) === `${instance}.container`) ?? {};
  const path = live.files.get(unit)?.path;
  const isOwn = (name: string) =>
    name === service || (path !== undefined && live.services.get(name)?.sourcePath === path);
  return live.containers.find((one) => isOwn(serviceOf(one)) && at(one, "State", "Running") === true);
}

/** The first failure, or undefined. A container that does not run needs no hook before its update. */
async function runBeforeUpdate(
  input: ApplyInput,
  instance: string,
  commands: readonly string[],
): Promise<string | undefined> {
  const container = textAt(runningOf(input, instance), "Name");
  if (container === "") return undefined;
  const end = await runInOrder(input.host, { key: "beforeUpdate", instance, container, commands }, input);
  // There is no update after an interruption.
  return end.state === "failed" ? end.message : undefined;
}

/** How an instance's hook ended. One that was interrupted has to run again, from its first command. */
export type HookEnd =
  | { readonly state: "done" | "interrupted" }
  | { readonly state: "failed"; readonly message: string };

interface Hook {
  readonly key: keyof HooksSpec;
  readonly instance: string;
  /** Podman's name of the container. */
  readonly container: string;
  readonly commands: readonly string[];
}

/** Whom a hook tells, and when it stops. */
export interface HookOptions {
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `hooks.afterUpdate` of an instance in its new container, one command after the other, each for half an
 * hour at most. The last lines of a command that failed are emitted for people; the message has none of them.
 */
export function runAfterUpdate(
  host: Pick<Host, "podman">,
  hook: Omit<Hook, "key">,
  options: HookOptions,
): Promise<HookEnd> {
  return runInOrder(host, { key: "afterUpdate", ...hook }, options);
}

async function runInOrder(
  { podman }: Pick<Host, "podman">,
  { key, instance, container, commands }: Hook,
  { emit, signal }: HookOptions,
): Promise<HookEnd> {
  for (const command of commands) {
    if (signal?.aborted) return { state: "interrupted" };
    emit({ type: "waiting", message: `${instance}: running hooks.${key}` });
    const result = await podman.exec(container, ["sh", "-c", command], HOOK_TIMEOUT_MS);
    if (result.exitCode !== 0) {
      const why = result.timedOut ? "timed out" : `exit status ${result.exitCode ?? "unknown"}`;
      emit({ type: "journal", unit: `${instance}.container`, lines: lastLines(result.stderr) });
      return { state: "failed", message: `hooks.${key} failed (${why})` };
    }
  }
  return { state: "done" };
}

/**
 * The last lines that a hook wrote, for people. They are masked before they are cut, because the end of a
 * secret may be what shows that it is one.
 */
function lastLines(text: string): readonly string[] {
  const lines = text.trim().split("\n").slice(-SHOWN.lines);
  return lines.map((line) => maskOutput(line.slice(0, SHOWN.read)).slice(0, SHOWN.width));
}
