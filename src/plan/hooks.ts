import { digestOf } from "../lib/digest.ts";
import { maskCommand } from "../lib/mask-secrets.ts";
import type { HooksSpec } from "../model/instance.ts";
import { type Change, movedTo, runsHooks } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";

/** By instance; absent: none. */
export type Hooks = ReadonlyMap<string, HooksSpec>;

/** What digests cover of an instance's hooks. In this form, plans without afterUpdate keep their digests. */
export function commandsOf(hooks: HooksSpec | undefined): unknown {
  const { beforeUpdate = [], afterUpdate = [] } = hooks ?? {};
  return afterUpdate.length === 0 ? beforeUpdate : { beforeUpdate, afterUpdate };
}

/**
 * Binds new and updated containers to the hooks of their instances, and names once per instance what will
 * run. `ended`: instances whose text in force has failed, so that nothing runs in it.
 */
export function withHooks(
  changes: readonly Change[],
  hooks: Hooks,
  ended: ReadonlySet<string> = new Set(),
): readonly Change[] {
  const explained = new Set<string>();
  return changes.map((change) => {
    const own = hooks.get(change.instance);
    if (own === undefined || !isBound(change, own)) return change;
    const running = ended.has(change.instance) ? { ...own, beforeUpdate: [] } : own;
    const shown = whatRuns(change, running).filter((text) => !explained.has(`${change.instance} ${text}`));
    for (const text of shown) explained.add(`${change.instance} ${text}`);
    return {
      ...change,
      hooks: digestOf(JSON.stringify(commandsOf(own))),
      reasons: [...change.reasons, ...shown.map((text) => reason("hooks-run", text))],
    };
  });
}

/** The hooks of a new container are deployed with the text of its unit, whenever they run. */
function isBound(change: Change, { beforeUpdate, afterUpdate }: HooksSpec): boolean {
  if (beforeUpdate.length > 0 && (runsHooks(change) || isNew(change))) return true;
  return afterUpdate.length > 0 && bringsText(change);
}

function whatRuns(change: Change, { beforeUpdate, afterUpdate }: HooksSpec): readonly string[] {
  const shown = (commands: readonly string[]) => commands.map(maskCommand).join("; ");
  const before = runsHooks(change) && beforeUpdate.length > 0;
  const after = bringsText(change) && afterUpdate.length > 0;
  return [
    ...(before ? [`runs in the container before the update: ${shown(beforeUpdate)}`] : []),
    ...(after ? [`runs in the new container once it has stayed up: ${shown(afterUpdate)}`] : []),
  ];
}

/** Whether a change brings a container another text or another image. */
function bringsText(change: Change): boolean {
  return runsHooks(change) || isNew(change) || (isContainer(change) && movedTo(change) !== undefined);
}

function isNew(change: Change): boolean {
  return change.action === "create" && isContainer(change);
}

function isContainer({ action, unit }: Change): boolean {
  return action !== "none" && unit.endsWith(".container");
}
