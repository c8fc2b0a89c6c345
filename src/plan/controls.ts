import type { UnitDrift } from "../model/drift.ts";
import type { LiveState, ServiceState } from "../model/live.ts";
import { templateServiceOf } from "../model/unit.ts";
import { controlSetting, LIMIT_PATHS } from "../quadlet/limit-settings.ts";
import { templateOf } from "../quadlet/service-names.ts";

/** What to find the drop-ins of a unit by. */
interface DropInQuery {
  readonly unit: string;
  /** null for templates and for units without a service. */
  readonly service: string | null;
  readonly live: Pick<LiveState, "services">;
  readonly drift: Pick<UnitDrift, "fields"> | undefined;
}

/**
 * Drop-ins of `systemctl set-property` that keep a limit from being as declared, as absolute paths. They
 * survive a restart, so any change that makes the unit as declared removes them. Drop-ins for limits that
 * `ignoreDrift` allows stay, and so do drop-ins that a person wrote.
 */
export function controlsOf({ drift, ...sought }: DropInQuery): readonly string[] {
  const fields = (drift?.fields ?? []).filter(({ status }) => status === "drift");
  const wrong = new Set(fields.flatMap(({ diff = [] }) => diff.map(({ path }) => path)));
  return wrong.size === 0
    ? []
    : limitsSet(sought)
        .filter(([, path]) => wrong.has(path))
        .map(([file]) => file);
}

/**
 * Drop-ins of `systemctl set-property` for limits of a deleted unit: the next unit of its name would inherit
 * them.
 */
export function controlsLeft(sought: Omit<DropInQuery, "drift">): readonly string[] {
  return limitsSet(sought).map(([file]) => file);
}

/** Drop-ins of `systemctl set-property`, with the path of the limit that each sets. */
function limitsSet({
  unit,
  service,
  live,
}: Omit<DropInQuery, "drift">): readonly (readonly [file: string, path: string])[] {
  const template = templateServiceOf(unit);
  if (template === undefined) return limitsOf(live.services.get(service ?? ""));
  // Few units are templates, so that all services may be looked at for each.
  return [...live.services.values()].filter(({ name }) => templateOf(name) === template).flatMap(limitsOf);
}

function limitsOf(state: ServiceState | undefined): readonly (readonly [file: string, path: string])[] {
  return (state?.dropInPaths ?? []).flatMap((file) => {
    const path = LIMIT_PATHS.get(controlSetting(file) ?? "");
    return path === undefined ? [] : [[file, path] as const];
  });
}
