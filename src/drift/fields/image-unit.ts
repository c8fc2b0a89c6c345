import { textAt } from "../../model/live.ts";
import type { FieldRow } from "../row.ts";
import { lastValue, partsRow } from "../row-builders/parts-row.ts";

/** Why an image differs from its definition. */
export const OTHER_IMAGE = "the image was pulled or built from another definition";

/** The machine that an image is for. */
export const platform = partsRow(
  "platform",
  [
    {
      part: "arch",
      flag: "arch",
      declared: lastValue(),
      live: (image) => textAt(image, "Architecture") || undefined,
    },
    { part: "os", flag: "os", declared: lastValue(), live: (image) => textAt(image, "Os") || undefined },
  ],
  { changedBy: () => OTHER_IMAGE },
);

/** Rows of an image unit. How an image is pulled leaves no trace on it. */
export const IMAGE_ROWS: readonly FieldRow[] = [platform];
