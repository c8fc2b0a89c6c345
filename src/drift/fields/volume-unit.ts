import { objectAt, textAt } from "../../model/live.ts";
import type { Flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { declaredKeys, pairsOf, pairsText } from "../row-builders/key-value-pairs.ts";
import { ANEW, objectLabels, property } from "../row-builders/object-rows.ts";

/** Mount options are a set. podman adds its own UID, GID and SIZE. */
const volumeOptions: FieldRow = {
  name: "options",
  flags: ["opt"],
  declared: ({ call }) => sorted(pairsOf(call, "opt")),
  container: (expected, volume) => sorted(declaredKeys(expected, objectAt(volume, "Options"))),
  text: pairsText,
  changedBy: () => ANEW,
};

function sorted(options: Flat): Flat {
  return options.o === undefined ? options : { ...options, o: options.o.split(",").sort().join(",") };
}

/** Rows of a volume unit. */
export const VOLUME_ROWS: readonly FieldRow[] = [
  property("driver", "driver", (volume) => textAt(volume, "Driver"), "local"),
  volumeOptions,
  objectLabels,
];
