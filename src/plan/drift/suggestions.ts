import type { FieldDrift } from "../../model/drift.ts";
import { SECRET_GONE } from "./fields/secrets.ts";
import type { UnitContext } from "./unit-context.ts";

/** Commands that mend a unit's drift, or say more about it; the most specific first, each once. */
export function suggestionsFor(
  context: Pick<UnitContext, "unit" | "service" | "facts" | "objectName">,
  fields: readonly FieldDrift[],
): readonly string[] {
  const { unit, service, facts, objectName } = context;
  const systemctl = facts.rootless ? "systemctl --user" : "systemctl";
  const reconcile = `quadgate reconcile ${unit.instance}`;
  const wrong = fields.filter(({ status }) => status !== "match");
  const suggestions = wrong.flatMap((field): readonly string[] => {
    const { live, cause } = field;
    // What systemd was told by hand outlives a restart: reconcile does not mend it.
    if (live.includes("masked")) return [`${systemctl} unmask ${service}`];
    if (live.includes("by a drop-in")) return [`${systemctl} revert ${service}`];
    if (live === "unhealthy") return [`podman healthcheck run ${objectName ?? ""}`, reconcile];
    if (live === "failed" || live === "restarting") return [journal(facts.rootless, service), reconcile];
    if (cause === "unobservable") return ["quadgate validate"];
    if (cause === "override") return [];
    const mends = field.status === "drift" || cause === "outdated" || cause === "live";
    return mends ? [...secretsToCreate(field), reconcile] : [];
  });
  return [...new Set(suggestions)];
}

/** A secret that is used in several ways has the way behind its name. */
function secretsToCreate({ diff = [] }: FieldDrift): readonly string[] {
  const gone = diff.filter(({ path, to }) => path.startsWith("secrets.") && to === SECRET_GONE);
  return gone.map(({ path }) => `podman secret create ${path.replace(/^secrets\.| .*$/g, "")} FILE`);
}

function journal(rootless: boolean, service: string): string {
  return `journalctl ${rootless ? "--user -u" : "-u"} ${service} -e`;
}
