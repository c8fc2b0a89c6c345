import { isSecretName } from "../../lib/mask-secrets.ts";
import { type Json, type LiveState, listAt } from "../../model/live.ts";
import { parseEnvFile } from "../../quadlet/argv/env-file.ts";
import { allOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow, RowContext } from "../row.ts";
import { countText, onlyKeys, pairsOf } from "../row-builders/key-value-pairs.ts";

/** What podman shows for values that come from secrets. */
const FROM_SECRET = /^\*+$/;

/** The part for the paths of the files. No variable can have this name. */
const FILES = "env-file";

/** The values of `--env-file`, as the files are now. */
function fileVariables(call: PodmanCall, { inputs }: Pick<LiveState, "inputs">): Flat {
  const files = allOf(call.flags, "env-file").map((path) => parseEnvFile(inputs.get(path) ?? ""));
  return Object.fromEntries(files.flatMap((variables) => [...variables]));
}

/**
 * Declared variables and those of environment files, compared with the container's. Other variables come from
 * the image, from podman and from the host, and are not compared. A variable that is passed on by name only
 * has no declared value.
 */
export const environment: FieldRow = {
  name: "environment",
  flags: ["env", "env-file"],
  declared: ({ call }, { live }) => ({
    ...flat({ [FILES]: allOf(call.flags, "env-file").join(", ") || undefined }),
    ...fileVariables(call, live),
    ...onlyKeys(pairsOf(call, "env", null), (key) => !key.endsWith("*")),
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
      onlyKeys(value, (key) => key !== FILES || keys.includes(key)),
      keys,
      "variable",
    ),
  secret: (key, context) => isSecretName(key) || isFromFile(key, context),
  movedInput: (changed, context) =>
    changed.every(({ key }) => isFromFile(key, context))
      ? "the environment file has changed since"
      : undefined,
  changedBy: () => "podman update --env",
};

/** Environment files hold what people do not want to show. */
function isFromFile(key: string, { call, live }: RowContext): boolean {
  return key in fileVariables(call, live) && !(key in pairsOf(call, "env", null));
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
