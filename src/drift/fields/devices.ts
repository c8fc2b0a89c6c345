import { at, listAt, textAt } from "../../model/live.ts";
import { allOf } from "../../quadlet/argv/podman-call.ts";
import type { FieldRow } from "../row.ts";

/**
 * Devices as they were when the container was made. Rootless podman lists none, and rootful podman lists them
 * under another of their names. So only a device that the list should show and does not is drift.
 */
export const devices: FieldRow = {
  name: "devices",
  flags: ["device"],
  declared: ({ call }) =>
    Object.fromEntries(allOf(call.flags, "device").map((device) => [device.split(":")[0] ?? device, device])),
  container: (expected, container) => {
    const live = listAt(container, "HostConfig", "Devices").map((device) =>
      textAt(device, "PathInContainer"),
    );
    if (live.length === 0 || at(container, "HostConfig", "Privileged") === true) return expected;
    const isThere = (device: string) => {
      const [host = "", inside = host] = device.split(":");
      const path = /^[rwm]+$/.test(inside) ? host : inside;
      return !path.startsWith("/") || live.some((found) => found === path || found.startsWith(`${path}/`));
    };
    return Object.fromEntries(Object.entries(expected).filter(([, device]) => isThere(device)));
  },
  text: (value) => Object.values(value).join(", ") || "none",
};
