import type { FieldDrift } from "../../model/drift.ts";
import type { UnitContext } from "./unit-context.ts";

/** Commands that mend a unit's drift, or say more about it; the most specific first, each once. */
export function suggestionsFor(
  context: Pick<UnitContext, "unit" | "service" | "facts" | "objectName">,
  fields: readonly FieldDrift[],
): readonly string[] {
  const { unit, service, facts, objectName } = context;
  const systemctl = facts.rootless ? "systemctl --user" : "systemctl";
  const wrong = fields.filter(({ status }) => status !== "match");
  const suggestions = wrong.flatMap(({ field, live, message, cause }) => {
    if (field === "loaded" && live.includes("masked")) return [`${systemctl} unmask ${service}`];
    if (field === "loaded" && live.includes("drop-in")) return [`${systemctl} revert ${service}`];
    if (message?.includes("set-property")) return [`${systemctl} revert ${service}`];
    if (live === "unhealthy") return [`podman healthcheck run ${objectName ?? unit.instance}`];
    if (live.startsWith("failed") || live === "restarting") return [journal(facts.rootless, service)];
    if (live === "paused") return [`podman unpause ${objectName ?? unit.instance}`];
    if (cause === "unobservable") return ["quadgate validate"];
    return [];
  });
  const mended = wrong.some(
    ({ status, cause }) => status === "drift" || cause === "outdated" || cause === "live",
  );
  const reconcile = mended ? [`quadgate reconcile ${unit.instance}`] : [];
  return [...new Set([...suggestions, ...reconcile])];
}

function journal(rootless: boolean, service: string): string {
  return `journalctl ${rootless ? "--user -u" : "-u"} ${service} -e`;
}
