import { digestOf } from "../lib/digest.ts";
import { maskCommand } from "../lib/mask-secrets.ts";
import { type Change, runsHooks } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";

/** By instance: `hooks.beforeUpdate`. */
export type Hooks = ReadonlyMap<string, readonly string[]>;

/** Binds containers that are made or updated to their instances' hooks, and says once for an instance what will run. */
export function withHooks(changes: readonly Change[], hooks: Hooks): readonly Change[] {
  const told = new Set<string>();
  return changes.map((change) => {
    const commands = hooks.get(change.instance) ?? [];
    if (commands.length === 0 || !(runsHooks(change) || isNew(change))) return change;
    const bound = { ...change, hooks: digestOf(JSON.stringify(commands)) };
    if (!runsHooks(change) || told.has(change.instance)) return bound;
    told.add(change.instance);
    const shown = commands.map(maskCommand).join("; ");
    return {
      ...bound,
      reasons: [...change.reasons, reason("hooks-run", `runs in the container before the update: ${shown}`)],
    };
  });
}

/** They run at its next update: with the unit's text they are a part of what is deployed. */
function isNew({ action, unit }: Change): boolean {
  return action === "create" && unit.endsWith(".container");
}
