import { isSecretName } from "../../lib/mask-secrets.ts";
import { type Json, objectAt } from "../../model/live.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { declaredKeys, pairsOf, pairsText } from "./key-value-pairs.ts";

/** Why a network or a volume differs from its definition. */
export const ANEW = "podman applies a definition only to a new network or volume";

/** A property that is one text. It is compared if it is declared or has a known default. */
export function property(
  name: string,
  flag: string,
  read: (object: Json) => string,
  fallback?: string,
): FieldRow {
  return {
    name,
    flags: [flag],
    declared: ({ call }) => flat({ "": lastOf(call.flags, flag) ?? fallback }),
    container: (expected, object) =>
      expected[""] === undefined ? expected : flat({ "": read(object) || undefined }),
    text: (value) => value[""] ?? "default",
    label: () => "",
    changedBy: () => ANEW,
  };
}

/** Declared labels of a network or a volume. */
export const objectLabels: FieldRow = {
  name: "labels",
  flags: ["label"],
  declared: ({ call }) => pairsOf(call, "label"),
  container: (expected, object) =>
    declaredKeys(expected, { ...objectAt(object, "labels"), ...objectAt(object, "Labels") }),
  text: pairsText,
  secret: isSecretName,
  changedBy: () => ANEW,
};
