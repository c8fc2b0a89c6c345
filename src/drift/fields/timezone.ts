import { shownAt, singleValueRow } from "../row-builders/parts-row.ts";

/** The time zone that podman sets in the container. */
export const timezone = singleValueRow("timezone", "tz", (container) =>
  shownAt(container, "Config", "Timezone"),
);
