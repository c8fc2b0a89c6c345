import type { FolderChanges, Host } from "../model/host.ts";
import type { Issue } from "../model/issue.ts";
import type { LiveState } from "../model/live.ts";
import type { Plan, Reason } from "../model/plan.ts";
import { unloadable } from "../plan/index.ts";
import type { Context } from "./context.ts";
import type { Desired } from "./desired.ts";
import { generatedAfter, howToMend, inShort } from "./generator.ts";

/** Makes a plan in which these instances, beside those that are anyway, stay as they are. */
export type MakePlan = (more: ReadonlyMap<string, Reason>, issues: readonly Issue[]) => Plan;

/**
 * A plan after which systemd has all services that it should have: podman's generator is asked before anything is
 * touched, and only where there is something to apply. What it would not make stays as it is.
 */
export async function planLoadable(
  { host }: Context,
  { desired, live }: { readonly desired: Desired; readonly live: LiveState },
  makePlan: MakePlan,
): Promise<Plan> {
  const { units, generated } = desired;
  let leftAlone: ReadonlyMap<string, Reason> = new Map();
  let issues: readonly Issue[] = [];
  for (;;) {
    const plan = makePlan(leftAlone, issues);
    const changes = changesOf(plan, desired);
    if (changes === undefined) return plan;
    const after = await generatedAfter(host, changes);
    const found = unloadable({ plan, units, generated, after, live });
    if (found.leftAlone.size === 0) return plan;
    leftAlone = new Map([...leftAlone, ...found.leftAlone]);
    issues = [generatorIssue(host, found.messages)];
  }
}

/** What a plan does to the unit directory; undefined where it needs no reload. */
function changesOf(plan: Plan, { units }: Desired): FolderChanges | undefined {
  const touched = plan.changes.filter(({ action, unit }) => action !== "none" && !unit.startsWith("/"));
  if (touched.length === 0) return undefined;
  const names = (wanted: (action: string) => boolean) =>
    touched.filter(({ action }) => wanted(action)).map(({ unit }) => unit);
  const written = new Set(names((action) => action === "create" || action === "update"));
  return {
    written: units.filter(({ name }) => written.has(name)),
    removed: names((action) => action === "delete"),
  };
}

/** That podman's generator does not make what it should of the unit directory, with what it says. */
function generatorIssue(host: Host, messages: readonly string[]): Issue {
  const why = inShort(messages) || "it does not say why";
  return {
    code: "generator-fails",
    message: `podman's generator does not make all services of ${host.facts.unitDir}: ${why}`,
    hint: howToMend(host),
  };
}
