import { shownAt, singleValueRow } from "../row-builders/parts-row.ts";

/** The container's own host name. If it is not declared, podman makes one up. */
export const hostname = singleValueRow("hostname", "hostname", (container) =>
  shownAt(container, "Config", "Hostname"),
);
