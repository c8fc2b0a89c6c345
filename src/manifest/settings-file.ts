import type { Issue } from "../model/issue.ts";
import {
  HOST_ONLY_SETTINGS,
  layered,
  type SettingsInput,
  type SettingsLayer,
  settingsSchema,
} from "../model/settings-schema.ts";
import { looserSettings } from "../model/strictest.ts";
import type { Tree } from "../model/tree.ts";
import { byPlace, issue } from "./codes.ts";
import { explain, keyPlaceAt, placeAt } from "./explain.ts";
import { kindOf, show } from "./message-parts.ts";
import { refusalOf } from "./refused.ts";
import { expectationAt } from "./shape.ts";
import { displayPath, readYaml, type YamlText } from "./yaml.ts";

const FILE = "quadgate.yaml";

export interface ReadSettings {
  /** The valid settings of the file, as written: durations are still text, defaults are missing. */
  readonly settings: Partial<SettingsInput>;
  readonly issues: readonly Issue[];
}

export interface RepositorySettings extends ReadSettings {
  /** Settings that count for nothing, because the host's own are stricter. */
  readonly warnings: readonly Issue[];
}

/**
 * The settings that a repository shares between its hosts (quadgate.yaml). Empty if the file is absent, or if
 * it contradicts the settings of this host, which override it and are valid alone.
 */
export function readRepositorySettings(tree: Tree, host: readonly SettingsLayer[] = []): RepositorySettings {
  const refused = refusalOf(tree.refused, FILE);
  if (refused !== undefined) return { settings: {}, issues: [refused], warnings: [] };
  const text = tree.files.get(FILE);
  if (text === undefined) return { settings: {}, issues: [], warnings: [] };
  const read = readSettingsText(FILE, text, "repository");
  const { error } = settingsSchema.safeParse(layered([read.settings, ...host]));
  const yaml = readYaml(FILE, text, (path) => expectationAt(settingsSchema, path));
  if (error === undefined) return { ...read, warnings: looser(read.settings, host, yaml) };
  const contradictions = error.issues.map(({ path, message }) =>
    issue("value-invalid", `${message}, but with the settings of this host it is`, {
      place: keyPlaceAt(yaml, path),
      hint: `change ${show(displayPath(path))} here or on the host`,
    }),
  );
  return { settings: {}, issues: [...read.issues, ...contradictions].toSorted(byPlace), warnings: [] };
}

function looser(settings: SettingsLayer, host: readonly SettingsLayer[], yaml: YamlText): readonly Issue[] {
  return looserSettings(settings, host).map(({ path, leastMs }) => {
    const least = `this host's ${leastMs / 1_000} s, which counts`;
    const message = `${show(displayPath(path))} is shorter than ${least}`;
    const hint = "leave it out, make it longer, or make the host's shorter";
    return issue("setting-looser", message, { place: placeAt(yaml, path), hint });
  });
}

/**
 * Reads a settings file and leaves out settings with issues. A repository's file may not set what only the
 * host may; an empty file sets nothing.
 */
export function readSettingsText(file: string, text: string, owner: "host" | "repository"): ReadSettings {
  const yaml = readYaml(file, text, (path) => expectationAt(settingsSchema, path));
  if (yaml.data === undefined)
    return { settings: {}, issues: yaml.issues.filter(({ code }) => code !== "file-empty") };
  if (typeof yaml.data !== "object" || yaml.data === null || Array.isArray(yaml.data)) {
    const message = `the file must be a map of keys, not ${kindOf(yaml.data)}`;
    return {
      settings: {},
      issues: [...yaml.issues, issue("value-invalid", message, { place: placeAt(yaml, []) })],
    };
  }
  const refused = owner === "repository" ? HOST_ONLY_SETTINGS.filter((key) => yaml.keys.has(key)) : [];
  const parsed = settingsSchema.safeParse(yaml.data);
  const found = (parsed.error?.issues ?? []).filter(({ path }) => !refused.some((key) => key === path[0]));
  const refusedKeys = refused.map((key) => key.split(".")[0] ?? key);
  const invalid = new Set<PropertyKey>([...refusedKeys, ...found.flatMap(topLevelKeys)]);
  const valid = Object.entries(yaml.data).filter(([key]) => !invalid.has(key));
  const issues = [
    ...yaml.issues,
    ...refused.map((key) => hostOnly(key, yaml)),
    ...explain(found, yaml, settingsSchema),
  ];
  return { settings: Object.fromEntries(valid), issues: issues.toSorted(byPlace) };
}

function topLevelKeys(zodIssue: { path: PropertyKey[]; code: string; keys?: string[] }): PropertyKey[] {
  const [first] = zodIssue.path;
  return first === undefined ? (zodIssue.keys ?? []) : [first];
}

function hostOnly(key: string, yaml: YamlText): Issue {
  const message = `only the host itself may set ${show(key)}, not the repository`;
  const hint = "move it to ~/.config/quadgate/config.yaml, or /etc/quadgate/config.yaml with --system";
  return issue("host-only-setting", message, { place: keyPlaceAt(yaml, key.split(".")), hint });
}
