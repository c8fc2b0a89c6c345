import { isSecretName } from "../../lib/mask-secrets.ts";
import { objectAt } from "../../model/live.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { countText, pairsOf } from "../row-builders/key-value-pairs.ts";

/** Declared annotations. podman adds many of its own, which are not compared. */
export const annotations: FieldRow = {
  name: "annotations",
  flags: ["annotation"],
  declared: ({ call }) => pairsOf(call, "annotation"),
  container: (expected, container) => {
    const live = objectAt(container, "Config", "Annotations");
    return flat(Object.fromEntries(Object.keys(expected).map((key) => [key, live[key]?.toString()])));
  },
  text: (value, keys) => countText(value, keys, "annotation"),
  secret: isSecretName,
};
