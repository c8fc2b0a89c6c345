import { isSecretName } from "../../lib/mask-secrets.ts";
import { type Json, LABEL_SYSTEMD_UNIT, type LiveState, listAt, objectAt } from "../../model/live.ts";
import { LABEL_DIGEST } from "../../model/unit.ts";
import { parseEnvFile } from "../../quadlet/argv/env-file.ts";
import { allOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow, RowContext } from "../row.ts";

/** `K=V` values of a flag as an object; the last one of a key wins. Bare words get `bare`. */
function pairsOf(call: PodmanCall, flag: string, bare: string | undefined): Flat {
  return flat(
    Object.fromEntries(
      allOf(call.flags, flag).map((pair) => {
        const equals = pair.indexOf("=");
        return equals < 0 ? [pair, bare] : [pair.slice(0, equals), pair.slice(equals + 1)];
      }),
    ),
  );
}

function only(value: Flat, wanted: (key: string) => boolean): Flat {
  return Object.fromEntries(Object.entries(value).filter(([key]) => wanted(key)));
}

function countText(value: Flat, keys: readonly string[], one: string): string {
  const names = Object.keys(value);
  if (keys.length === 0) return `${names.length} ${one}${names.length === 1 ? "" : "s"}`;
  const shown = keys.filter((key) => value[key] !== undefined);
  return shown.map((key) => `${key}=${value[key]}`).join(", ") || "none";
}

/** podman shows values that come from secrets as this. */
const FROM_SECRET = /^\*+$/;

/** The part that stands for the paths of the files; no variable can have this name. */
const FILES = "env-file";

/** The values of `--env-file`, as the files are now. */
function fileVariables(call: PodmanCall, { inputs }: LiveState): Flat {
  const files = allOf(call.flags, "env-file").map((path) => parseEnvFile(inputs.get(path) ?? ""));
  return Object.fromEntries(files.flatMap((variables) => [...variables]));
}

/**
 * Declared variables, and those of environment files, against the container's. Others come from the image, from podman
 * and from the host, and are nobody's declaration. A variable that is passed on by its name alone has no declared value.
 */
export const environment: FieldRow = {
  name: "environment",
  flags: ["env", "env-file"],
  declared: ({ call }, { live }) => ({
    ...flat({ [FILES]: allOf(call.flags, "env-file").join(", ") || undefined }),
    ...fileVariables(call, live),
    ...only(pairsOf(call, "env", undefined), (key) => !key.endsWith("*")),
  }),
  container: (expected, container) => {
    const live = environmentOf(container);
    return flat(
      Object.fromEntries(
        Object.entries(expected).map(([key, value]) => {
          const found = key === FILES ? value : live.get(key);
          return [key, found !== undefined && FROM_SECRET.test(found) ? value : found];
        }),
      ),
    );
  },
  text: (value, keys) =>
    countText(
      only(value, (key) => key !== FILES || keys.includes(key)),
      keys,
      "variable",
    ),
  secret: (key, context) => isSecretName(key) || isFromFile(key, context),
  movedInput: (changed, context) =>
    changed.every(({ key }) => isFromFile(key, context))
      ? "the environment file was changed since"
      : undefined,
  changedBy: () => "podman update --env",
};

/** What people put into files they do not want to be seen. */
function isFromFile(key: string, { call, live }: RowContext): boolean {
  return key in fileVariables(call, live) && !(key in pairsOf(call, "env", undefined));
}

/** The variables of a container. */
export function environmentOf(container: Json): ReadonlyMap<string, string> {
  return new Map(
    listAt(container, "Config", "Env").map((entry) => {
      const text = String(entry);
      const equals = text.indexOf("=");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

const isTraefik = (key: string) => key.startsWith("traefik.");
const isOwn = (key: string) => key === LABEL_DIGEST || key === LABEL_SYSTEMD_UNIT;

function labelRow(name: string, wanted: (key: string) => boolean): Omit<FieldRow, "text"> {
  return {
    name,
    flags: ["label"],
    declared: ({ call }) => only(pairsOf(call, "label", ""), wanted),
    container: (expected, container) => {
      const live = objectAt(container, "Config", "Labels");
      const found = Object.keys(expected).map((key) => [key, live[key]?.toString()] as const);
      return flat(Object.fromEntries(found));
    },
    secret: isSecretName,
  };
}

/** Declared annotations; podman adds many of its own. */
export const annotations: FieldRow = {
  name: "annotations",
  flags: ["annotation"],
  declared: ({ call }) => pairsOf(call, "annotation", ""),
  container: (expected, container) => {
    const live = objectAt(container, "Config", "Annotations");
    return flat(Object.fromEntries(Object.keys(expected).map((key) => [key, live[key]?.toString()])));
  },
  text: (value, keys) => countText(value, keys, "annotation"),
  secret: isSecretName,
};

/** Declared labels; those of the image and of podman are nobody's declaration. */
export const labels: FieldRow = {
  ...labelRow("labels", (key) => !isTraefik(key) && !isOwn(key)),
  text: (value, keys) => countText(value, keys, "label"),
};

/** Traefik's labels apart from the others: a route that is not as declared is worth a warning. */
export const traefik: FieldRow = {
  ...labelRow("traefik", isTraefik),
  severity: "warning",
  text: (value, keys) => (keys.length > 0 ? countText(value, keys, "label") : traefikText(value)),
  detail: (desired, observed) => {
    const live = new Set(middlewaresOf(observed));
    const missing = middlewaresOf(desired).filter((name) => !live.has(name));
    if (missing.length === 0) return undefined;
    return `middleware${missing.length > 1 ? "s" : ""} ${missing.join(", ")} missing`;
  },
};

function middlewaresOf(value: Flat): readonly string[] {
  return Object.entries(value)
    .filter(([key]) => /^traefik\.\w+\.routers\..+\.middlewares$/.test(key))
    .flatMap(([, list]) => list.split(",").map((name) => name.trim()))
    .filter(Boolean);
}

function traefikText(value: Flat): string {
  const middlewares = middlewaresOf(value);
  return middlewares.length > 0 ? middlewares.join(", ") : countText(value, [], "label");
}
