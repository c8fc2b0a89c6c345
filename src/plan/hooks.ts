import { digestOf } from "../lib/digest.ts";
import { maskCommand } from "../lib/mask-secrets.ts";
import { type Change, runsHooks } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";

/** By instance: `hooks.beforeUpdate`. */
export type Hooks = ReadonlyMap<string, readonly string[]>;

/**
 * Binds new and updated containers to the hooks of their instances, and names once per instance what will
 * run.
 */
export function withHooks(changes: readonly Change[], hooks: Hooks): readonly Change[] {
  const explained = new Set<string>();
  return changes.map((change) => {
    const commands = hooks.get(change.instance) ?? [];
    if (commands.length === 0 || !(runsHooks(change) || isNew(change))) return change;
    const bound = { ...change, hooks: digestOf(JSON.stringify(commands)) };
    if (!runsHooks(change) || explained.has(change.instance)) return bound;
    explained.add(change.instance);
    const shown = commands.map(maskCommand).join("; ");
    return {
      ...bound,
      reasons: [...change.reasons, reason("hooks-run", `runs in the container before the update: ${shown}`)],
    };
  });
}

/** The hooks of a new container run at its next update: they are deployed with the text of its unit. */
function isNew({ action, unit }: Change): boolean {
  return action === "create" && unit.endsWith(".container");
}
