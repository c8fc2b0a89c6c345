import type { DriftCause, FieldDrift, Suggestion } from "../model/drift.ts";
import type { ObstacleKind } from "../model/obstacle.ts";
import { obstructionOf } from "../model/obstruction.ts";
import { isPlain, unitPath } from "../model/plain-unit.ts";
import { isSecretGone } from "./fields/secrets.ts";
import type { UnitContext } from "./unit-context.ts";

type SuggestionInput = Pick<UnitContext, "unit" | "service" | "facts" | "objectName" | "live"> &
  Partial<Pick<UnitContext, "state" | "asked">>;

/** Commands that remove a unit's drift or say more about it, the most specific first, each once. */
export function suggestionsFor(
  context: SuggestionInput,
  fields: readonly FieldDrift[],
): readonly Suggestion[] {
  const reconcile: Suggestion = { kind: "reconcile", text: `quadgate reconcile ${context.unit.instance}` };
  const wrong = fields.filter(({ status }) => status !== "match");
  const overridden = wrong.some(({ cause }) => cause === "override");
  const suggestions = wrong.flatMap((field): readonly Suggestion[] => {
    const { cause, kinds = [] } = field;
    const undone = undoing(context, field);
    if (undone.length > 0) return undone;
    if (kinds.includes("unhealthy")) return [healthcheck(context), reconcile];
    if (kinds.includes("failed") || kinds.includes("restarting")) return [journal(context), reconcile];
    if (cause === "unobservable") return [{ kind: "validate", text: "quadgate validate" }];
    if (cause === "override" || (overridden && !MENDED_BESIDE.includes(cause))) return [];
    const mends = field.status === "drift" || cause === "outdated" || cause === "live";
    return mends ? [...secretsToCreate(context, field), reconcile] : [];
  });
  const clearing = wayClearing(context);
  if (clearing === undefined) return eachOnce(suggestions);
  return [clearing, ...eachOnce(suggestions.filter(({ kind }) => kind !== "reconcile"))];
}

function eachOnce(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  return [...new Map(suggestions.map((one) => [one.text, one])).values()];
}

/** The command that makes a unit readable and writable again. A sync leaves its instance alone until then. */
function wayClearing({ unit, facts, live }: SuggestionInput): Suggestion | undefined {
  const found = obstructionOf(unit.name, live.obstacles);
  if (found === undefined) return undefined;
  const command = CLEARING[found.obstacle.kind];
  const path = unitPath(facts, found.at);
  return command === null ? undefined : { kind: "clear-way", text: `${command} ${path}` };
}

const CLEARING: Readonly<Record<ObstacleKind, string | null>> = {
  folder: "ls -ld",
  "special-file": "ls -ld",
  link: "ls -ld",
  "large-file": "ls -ld",
  unreadable: "ls -ld",
  forbidden: "chmod u+rw",
  "unreadable-folder": "chmod u+rwx",
  // A sync rewrites the file.
  "dangling-link": null,
};

/**
 * The commands that undo what a person has set in systemd. That outlives a restart, so a sync does not undo
 * it.
 */
function undoing({ unit, service, facts, state }: SuggestionInput, field: FieldDrift): readonly Suggestion[] {
  const systemctl = facts.rootless ? "systemctl --user" : "systemctl";
  if (field.kinds?.includes("masked")) {
    const until = state?.unitFileState === "masked-runtime" ? " --runtime" : "";
    return [{ kind: "unmask", text: `${systemctl} unmask${until} ${service}` }];
  }
  if (!field.kinds?.includes("drop-in")) return [];
  // `systemctl revert` would remove the drop-ins that are in git as well.
  if (isPlain(unit.name)) {
    const paths = (field.diff ?? []).flatMap(({ path, to }) => (path === "loaded.dropIn" ? (to ?? []) : []));
    return [{ kind: "revert", text: `rm ${paths.join(" ")} && ${systemctl} daemon-reload` }];
  }
  return reverted(field, service).map((name) => ({ kind: "revert", text: `${systemctl} revert ${name}` }));
}

/** The causes of drift that a sync removes even if a person's own settings change the unit. */
const MENDED_BESIDE: readonly (DriftCause | undefined)[] = ["state", "live", "input"];

/** An instance of a template may have drop-ins of its own and of the template. */
function reverted({ diff = [] }: FieldDrift, service: string): readonly string[] {
  const folders = diff.flatMap(({ path, to }) =>
    path === "loaded.dropIn" ? (to?.split("/").at(-2) ?? []) : [],
  );
  return folders.length === 0 ? [service] : folders.map((folder) => folder.replace(/\.d$/, ""));
}

/** If a secret is used in several ways, the path has the way after the name. */
function secretsToCreate(
  { asked, live }: SuggestionInput,
  { field, diff = [] }: FieldDrift,
): readonly Suggestion[] {
  if (field !== "secrets") return [];
  const names = diff.map(({ path }) => path.replace(/^secrets\.| .*$/g, ""));
  const gone = names.filter((name) => isSecretGone(name, asked, live));
  return gone.map((name) => ({ kind: "create-secret", text: `podman secret create ${name} FILE` }));
}

function healthcheck({ objectName = "" }: SuggestionInput): Suggestion {
  return { kind: "run-healthcheck", text: `podman healthcheck run ${objectName}` };
}

function journal({ facts, service }: SuggestionInput): Suggestion {
  return { kind: "read-journal", text: `journalctl ${facts.rootless ? "--user -u" : "-u"} ${service} -e` };
}
