import { mergeSettings, type Settings, type SettingsLayer, settingsSchema } from "./settings-schema.ts";

/** Settings of `verify` with an order: of what the host and the repository say, the longer counts. */
const LONGER = ["stable", "probation"] as const;

/** The same, by dotted path. */
export const STRICTEST_SETTINGS: readonly string[] = LONGER.map((key) => `verify.${key}`);

/** A setting of a repository that counts for nothing, because the host's own is stricter. */
export interface LooserSetting {
  readonly path: readonly string[];
  /** The host's value, in milliseconds. */
  readonly leastMs: number;
}

/**
 * Lays the host's own settings over a repository's, which are valid. A key with an order counts at the
 * strictest of the two, whether the host has its value from a file or by default.
 */
export function mergeWithRepository(repository: SettingsLayer, host: readonly SettingsLayer[]): Settings {
  const settings = mergeSettings([repository, ...host]);
  const { verify } = mergeSettings(host);
  const longer = LONGER.map((key) => [key, Math.max(verify[key], askedFor(repository, key) ?? 0)]);
  return { ...settings, verify: { ...settings.verify, ...Object.fromEntries(longer) } };
}

/** The settings of a repository that are looser than the host's own. */
export function looserSettings(
  repository: SettingsLayer,
  host: readonly SettingsLayer[],
): readonly LooserSetting[] {
  const { verify } = mergeSettings(host);
  return LONGER.filter((key) => (askedFor(repository, key) ?? verify[key]) < verify[key]).map((key) => ({
    path: ["verify", key],
    leastMs: verify[key],
  }));
}

function askedFor({ verify }: SettingsLayer, key: (typeof LONGER)[number]): number | undefined {
  if (typeof verify !== "object" || verify === null || !Object.hasOwn(verify, key)) return undefined;
  return settingsSchema.parse({ verify }).verify[key];
}
