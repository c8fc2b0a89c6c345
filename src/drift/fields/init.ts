import { at } from "../../model/live.ts";
import { singleValueRow } from "../row-builders/parts-row.ts";

/** Whether podman's own init runs first. podman leaves the value out if it is false. */
export const init = singleValueRow("init", "init", (container) =>
  String(at(container, "HostConfig", "Init") === true),
);
