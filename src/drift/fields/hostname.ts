import { shownAt, singleValueRow } from "../row-builders/parts-row.ts";

/** The name that the container has for itself. Unless it is declared, podman makes one up. */
export const hostname = singleValueRow("hostname", "hostname", (container) =>
  shownAt(container, "Config", "Hostname"),
);
