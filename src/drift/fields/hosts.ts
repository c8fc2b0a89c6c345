import { setRow, textsAt } from "../row-builders/parts-row.ts";

/** Entries of /etc/hosts. */
export const hosts = setRow(
  "hosts",
  "add-host",
  (value) => [value],
  (container) => textsAt(container, "HostConfig", "ExtraHosts"),
);
