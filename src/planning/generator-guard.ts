import type { FolderChanges, Host } from "../model/host.ts";
import type { Issue } from "../model/issue.ts";
import type { LiveState } from "../model/live.ts";
import { isPlain } from "../model/plain-unit.ts";
import type { Plan, Reason } from "../model/plan.ts";
import { unloadable } from "../plan/index.ts";
import { withoutPlainUnits } from "../quadlet/plain-units.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";
import { generatedAfter, howToMend, inShort } from "./generator-complaints.ts";

/** Makes a plan that leaves these instances alone, in addition to those that it leaves alone anyway. */
export type MakePlan = (more: ReadonlyMap<string, Reason>, issues: readonly Issue[]) => Plan;

/**
 * Makes a plan after which systemd has all the services that it should have. Podman's generator runs before
 * anything is touched, and only if there is something to apply. Units that it would not generate stay as they
 * are.
 */
export async function planLoadable(
  { host }: Context,
  { desired, live }: { readonly desired: RenderedState; readonly live: LiveState },
  makePlan: MakePlan,
): Promise<Plan> {
  const { units } = desired;
  const generated = withoutPlainUnits(desired.generated);
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

/** What a plan does to the unit directory; undefined if podman's generator reads none of it. */
function changesOf(plan: Plan, { units }: RenderedState): FolderChanges | undefined {
  const touched = plan.changes.filter(
    ({ action, unit }) => action !== "none" && !unit.startsWith("/") && !isPlain(unit),
  );
  if (touched.length === 0) return undefined;
  const names = (wanted: (action: string) => boolean) =>
    touched.filter(({ action }) => wanted(action)).map(({ unit }) => unit);
  const written = new Set(names((action) => action === "create" || action === "update"));
  return {
    written: units.filter(({ name }) => written.has(name)),
    removed: names((action) => action === "delete"),
  };
}

/** Says that podman's generator does not generate all services, with the messages of the generator. */
function generatorIssue(host: Host, messages: readonly string[]): Issue {
  const why = inShort(messages) || "it does not say why";
  return {
    code: "generator-fails",
    message: `podman's generator does not generate all services in ${host.facts.unitDir}: ${why}`,
    hint: howToMend(host),
  };
}
