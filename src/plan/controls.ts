import type { UnitDrift } from "../model/drift.ts";
import type { LiveState } from "../model/live.ts";
import { templateServiceOf } from "../model/unit.ts";
import { controlSetting } from "./drift/fields/control.ts";
import { LIMIT_PATHS } from "./drift/fields/resources.ts";
import { templateOf } from "./drift/unit-context.ts";

/** What the drop-ins of a unit are looked for by. */
interface Sought {
  readonly unit: string;
  /** null for what has no service, and for templates. */
  readonly service: string | null;
  readonly live: LiveState;
  readonly drift: UnitDrift | undefined;
}

/**
 * Drop-ins of `systemctl set-property` that keep a limit from being as declared, as absolute paths: a restart keeps them, so
 * whatever makes the unit as declared removes them. Those of limits that `ignoreDrift` allows stay, and so does what is
 * somebody's own.
 */
export function controlsOf({ unit, service, live, drift }: Sought): readonly string[] {
  const fields = (drift?.fields ?? []).filter(({ status }) => status === "drift");
  const wrong = new Set(fields.flatMap(({ diff = [] }) => diff.map(({ path }) => path)));
  if (wrong.size === 0) return [];
  const template = templateServiceOf(unit);
  const states = [...live.services.values()].filter(({ name }) =>
    template === undefined ? name === service : templateOf(name) === template,
  );
  const paths = states.flatMap(({ dropInPaths }) => dropInPaths);
  return paths.filter((path) => wrong.has(LIMIT_PATHS.get(controlSetting(path) ?? "") ?? ""));
}
