import { textAt } from "../../model/live.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** What a pod does when its last container ends. */
export const exitPolicy: FieldRow = {
  name: "exit-policy",
  flags: ["exit-policy"],
  declared: ({ call }) => flat({ "": lastOf(call.flags, "exit-policy") }),
  container: (expected, pod) => flat({ "": expected[""] && (textAt(pod, "ExitPolicy") || expected[""]) }),
  text: (value) => value[""] ?? "not set",
  label: () => "",
};
