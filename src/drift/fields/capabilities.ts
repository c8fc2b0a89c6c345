import { at, listAt } from "../../model/live.ts";
import { allOf } from "../../quadlet/argv/podman-call.ts";
import type { FieldRow } from "../row.ts";

function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

/**
 * Added and dropped capabilities, compared with the bounding set. `HostConfig.CapAdd` and `CapDrop` are
 * useless because they depend on today's containers.conf. `all` is not observable.
 */
export const capabilities: FieldRow = {
  name: "capabilities",
  flags: ["cap-add", "cap-drop"],
  declared: ({ call }) => {
    const dropped = allOf(call.flags, "cap-drop").map((name) => [capability(name), "dropped"]);
    const added = allOf(call.flags, "cap-add").map((name) => [capability(name), "added"]);
    return Object.fromEntries([...dropped, ...added]);
  },
  container: (expected, container) => {
    if (at(container, "HostConfig", "Privileged") === true) return expected;
    const bounding = new Set(listAt(container, "BoundingCaps").map((name) => capability(String(name))));
    const observed = Object.entries(expected).map(([name, verb]) => {
      if (name === "ALL") return [name, verb];
      return [name, bounding.has(name) ? "added" : "dropped"];
    });
    return Object.fromEntries(observed);
  },
  text: (value) =>
    Object.entries(value)
      .map(([name, verb]) => `${verb === "added" ? "+" : "-"}${name.replace(/^CAP_/, "")}`)
      .join(", ") || "default",
};
