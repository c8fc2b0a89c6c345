import { textAt } from "../../model/live.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** How systemd learns that the container is ready. */
export const notify: FieldRow = {
  name: "notify",
  flags: ["sdnotify"],
  quiet: true,
  optional: true,
  declared: ({ call }) => flat({ "": lastOf(call.flags, "sdnotify") }),
  container: (expected, container) =>
    flat({ "": expected[""] && (textAt(container, "Config", "sdNotifyMode") || expected[""]) }),
  text: (value) => value[""] ?? "not set",
  label: () => "",
};
