import { textAt } from "../../model/live.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** Quadlet's own default, which puts the container into its service's cgroup. */
const SPLIT = "split";

/**
 * The cgroup of the container: its service's (`split`) or one of its own. It shows only while the container
 * runs.
 */
export const cgroups: FieldRow = {
  name: "cgroups",
  flags: ["cgroups"],
  declared: ({ call }) => {
    const mode = lastOf(call.flags, "cgroups");
    return flat({ "": mode === SPLIT ? undefined : mode });
  },
  container: (expected, container) => {
    const declared = expected[""];
    if (declared === undefined) return {};
    if (textAt(container, "HostConfig", "Cgroups") === "disabled") return { "": "disabled" };
    const path = textAt(container, "State", "CgroupPath");
    if (path.includes("/libpod-payload-")) return { "": SPLIT };
    // podman shows `no-conmon` and `enabled` alike.
    return { "": declared === "disabled" && path !== "" ? "enabled" : declared };
  },
  text: (value) => value[""] ?? SPLIT,
  label: () => "",
};
