import { textAt } from "../../model/live.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** The container's name. */
export const containerName: FieldRow = {
  name: "name",
  flags: ["name"],
  quiet: true,
  declared: ({ call }) => flat({ "": lastOf(call.flags, "name") }),
  container: (expected, container) => flat({ "": textAt(container, "Name") || expected[""] }),
  text: (value) => value[""] ?? "",
  changedBy: () => "podman rename",
};
