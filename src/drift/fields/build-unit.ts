import { isSecretName } from "../../lib/mask-secrets.ts";
import { type Json, listAt, objectAt } from "../../model/live.ts";
import { canonicalImage } from "../../quadlet/argv/image-names.ts";
import type { FieldRow } from "../row.ts";
import { declaredKeys, pairsOf, pairsText, splitPairs } from "../row-builders/key-value-pairs.ts";
import { setRow, textsAt } from "../row-builders/parts-row.ts";
import { OTHER_IMAGE, platform } from "./image-unit.ts";

/** Compares the `K=V` values of a flag with the image's pairs of one kind. */
function imagePairs(
  name: string,
  flag: string,
  live: (image: Json) => { readonly [key: string]: Json },
): FieldRow {
  return {
    name,
    flags: [flag],
    declared: ({ call }) => pairsOf(call, flag),
    container: (expected, image) => declaredKeys(expected, live(image)),
    text: pairsText,
    secret: isSecretName,
    changedBy: () => OTHER_IMAGE,
  };
}

/** The names that a build gives its image. */
const tags: FieldRow = {
  ...setRow(
    "tags",
    "tag",
    (tag) => [canonicalImage(tag)],
    (image) => textsAt(image, "RepoTags"),
  ),
  changedBy: () => "the name was removed or given to another image",
};

/** Rows of a build unit. They compare what the image shows of its build. */
export const BUILD_ROWS: readonly FieldRow[] = [
  tags,
  platform,
  imagePairs("labels", "label", (image) => objectAt(image, "Labels")),
  imagePairs("annotations", "annotation", (image) => objectAt(image, "Annotations")),
  imagePairs("environment", "env", (image) => splitPairs(listAt(image, "Config", "Env").map(String))),
];
