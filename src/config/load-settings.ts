import * as z from "zod";
import { InputError, QuadgateError } from "../model/errors.ts";
import type { Files } from "../model/host.ts";
import {
  mergeSettings,
  type Settings,
  type SettingsLayer,
  settingsSchema,
} from "../model/settings-schema.ts";

/**
 * Reads the host's settings file. A file that a person named must exist. Throws InputError with every
 * problem.
 */
export async function readSettingsFile(
  files: Files,
  path: string,
  required: boolean,
): Promise<SettingsLayer> {
  const text = await files.read(path);
  if (text === undefined) {
    if (!required) return {};
    throw new QuadgateError("bad-settings", `there is no settings file ${path}`, {
      hint: "correct --config, or leave it out to use the default file",
    });
  }
  if (text.trim() === "") return {};
  // Without a settings file nothing needs the YAML parser, which takes time to load.
  const { readSettingsText } = await import("../manifest/settings-file.ts");
  const { settings, issues } = readSettingsText(path, text, "host");
  if (issues.length > 0) throw new InputError(issues);
  return settings;
}

const PREFIX = "QUADGATE_";

/** Settings from variables: `QUADGATE_STATE_DIR` is stateDir, `QUADGATE_GATE_BLOCK` is gate.block. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): SettingsLayer {
  const layer: Record<string, unknown> = {};
  if (!Object.keys(environment).some((name) => name.startsWith(PREFIX))) return layer;
  for (const { path, type } of leaves(z.toJSONSchema(settingsSchema, { io: "input" }), [])) {
    const name = variableOf(path);
    const text = environment[name];
    if (text !== undefined && text !== "") put(layer, path, convert(name, text, type));
  }
  return layer;
}

/**
 * Other variables with the prefix: of programs that quadgate runs, of rendered texts, of the tests and the
 * demo.
 */
const OTHER_VARIABLES = /^QUADGATE_(CONFIG|RUN|EMPTY|SEMICOLON|LAB_.*|REQUIRE_LAB|DEMO_.*|UPDATE_GOLDEN)$/;

/** Warnings about `QUADGATE_*` variables that set nothing: a person may believe that the gate is stricter. */
export async function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const given = Object.keys(environment).filter((name) => name.startsWith(PREFIX));
  if (given.length === 0) return [];
  const settings = leaves(z.toJSONSchema(settingsSchema, { io: "input" }), []).map(({ path }) =>
    variableOf(path),
  );
  const unknown = given.filter((name) => !settings.includes(name) && !OTHER_VARIABLES.test(name));
  if (unknown.length === 0) return [];
  const { nearest } = await import("../manifest/message-parts.ts");
  const words = settings.map((name) => name.slice(PREFIX.length));
  return unknown.sort().map((name) => {
    const meant = nearest(name.slice(PREFIX.length), words);
    const hint =
      meant === undefined ? "quadgate's settings are in docs/settings.md" : `did you mean ${PREFIX}${meant}?`;
    return `no setting has the variable ${name}, so it has no effect (${hint})`;
  });
}

/** Merges layers. Throws `bad-settings`, which names each setting whose value is not valid. */
export function resolveSettings(layers: readonly SettingsLayer[]): Settings {
  try {
    return mergeSettings(layers);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const what = error.issues
      .map((issue) => `${issue.path.join(".") || "settings"}: ${issue.message}`)
      .join("; ");
    throw new QuadgateError("bad-settings", what, {
      hint: "check the flags, the QUADGATE_* variables and the settings file",
      cause: error,
    });
  }
}

interface Leaf {
  readonly path: readonly string[];
  readonly type: string;
}

type Schema = z.core.JSONSchema._JSONSchema;

function leaves(schema: Schema, path: readonly string[]): readonly Leaf[] {
  if (typeof schema === "boolean") return [];
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([key, value]) => leaves(value, [...path, key]));
  const isListOfMaps =
    typeof schema.items === "object" && "type" in schema.items && schema.items.type === "object";
  return [{ path, type: isListOfMaps ? "object" : String(schema.type ?? "string") }];
}

function variableOf(path: readonly string[]): string {
  const words = path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ["QUADGATE", ...words].join("_");
}

function convert(name: string, text: string, type: string): unknown {
  if (type === "object" || (type === "array" && text.startsWith("["))) return parseJson(name, text);
  if (type === "array") return text.split(/\s+/).filter(Boolean);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  if (type === "integer" || type === "number") {
    const number = Number(text);
    if (!Number.isNaN(number)) return number;
  } else if (type !== "boolean") return text;
  throw new QuadgateError("bad-settings", `${name}: "${text}" is not of the type ${type}`, {
    hint: `unset ${name} or correct it`,
  });
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QuadgateError("bad-settings", `${name} is not JSON: ${String(error)}`, {
      hint: `unset ${name} or correct it`,
      cause: error,
    });
  }
}

function put(layer: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head = "", ...rest] = path;
  if (rest.length === 0) {
    layer[head] = value;
    return;
  }
  const inner: Record<string, unknown> = { ...(layer[head] as Record<string, unknown> | undefined) };
  put(inner, rest, value);
  layer[head] = inner;
}
