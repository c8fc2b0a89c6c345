import type { InstanceGate } from "./instance.ts";
import { mergeSettings, type Settings, type SettingsLayer, settingsSchema } from "./settings-schema.ts";

/** Durations with an order: of what the host and the repository say, the longer counts. */
const LONGER = [
  { group: "verify", key: "stable" },
  { group: "verify", key: "probation" },
  { group: "defaults", key: "probation" },
] as const;

/**
 * By dotted path, which of the host's and the repository's values counts: the longer, the higher, or both.
 * For other settings, the host's does.
 */
export const STRICTEST_SETTINGS: ReadonlyMap<string, "longer" | "higher" | "both"> = new Map([
  ...LONGER.map(({ group, key }) => [`${group}.${key}`, "longer"] as const),
  ...["block", "confirm"].map((key) => [`defaults.gate.${key}`, "higher"] as const),
  ...["allow", "freeze"].map((key) => [`defaults.gate.windows.${key}`, "both"] as const),
]);

/** A setting of a repository that counts for nothing, because the host's own is stricter. */
export interface LooserSetting {
  readonly path: readonly string[];
  /** The host's value, in milliseconds. */
  readonly leastMs: number;
}

/**
 * Lays the host's own settings over a repository's, which are valid. A key with an order counts at the
 * strictest of the two, whether the host has its value from a file or by default. `verify.probation` is at
 * least that of the defaults for all instances.
 */
export function mergeWithRepository(repository: SettingsLayer, host: readonly SettingsLayer[]): Settings {
  const settings = mergeSettings([repository, ...host]);
  const own = mergeSettings(host);
  const asked = askedFor(repository);
  const longest = (key: "stable" | "probation") => Math.max(own.verify[key], asked.verify?.[key] ?? 0);
  const probation = Math.max(
    longest("probation"),
    own.defaults.probation ?? 0,
    asked.defaults?.probation ?? 0,
  );
  return { ...settings, verify: { ...settings.verify, stable: longest("stable"), probation } };
}

/** What the gate asks for every instance, by the host and by the repository. Both count. */
export function defaultGates(
  repository: SettingsLayer,
  host: readonly SettingsLayer[],
): readonly InstanceGate[] {
  return [mergeSettings(host).defaults.gate, askedFor(repository).defaults?.gate].flatMap(
    (gate) => gate ?? [],
  );
}

/** The durations of a repository that are looser than the host's own. */
export function looserSettings(
  repository: SettingsLayer,
  host: readonly SettingsLayer[],
): readonly LooserSetting[] {
  const own = mergeSettings(host);
  const asked = askedFor(repository);
  return LONGER.flatMap((row) => {
    const [least, given] = [durationOf(own, row), durationOf(asked, row)];
    if (given === undefined || given >= (least ?? 0)) return [];
    return [{ path: [row.group, row.key], leastMs: least ?? 0 }];
  });
}

interface Durations {
  readonly verify?: Partial<Settings["verify"]>;
  readonly defaults?: Settings["defaults"];
}

function durationOf({ verify, defaults }: Durations, row: (typeof LONGER)[number]): number | undefined {
  return row.group === "verify" ? verify?.[row.key] : defaults?.[row.key];
}

/** What a repository itself says, without defaults. */
function askedFor({ verify, defaults }: SettingsLayer): Durations {
  const given = settingsSchema.parse({
    ...(isMap(verify) && { verify }),
    ...(isMap(defaults) && { defaults }),
  });
  const said = Object.entries(given.verify).filter(([key]) => isMap(verify) && Object.hasOwn(verify, key));
  return { verify: Object.fromEntries(said), defaults: given.defaults };
}

function isMap(value: unknown): value is SettingsLayer {
  return typeof value === "object" && value !== null;
}
