import { at, listAt, textAt } from "../../../model/live.ts";
import { allOf, lastOf } from "../../argv/podman.ts";
import { type FieldRow, type Flat, flat } from "../row.ts";

function partsText(value: Flat): string {
  const texts = Object.entries(value).map(([part, text]) => (text === "true" ? part : `${part} ${text}`));
  return texts.join(", ") || "default";
}

function listText(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : [...values].sort().join(",");
}

const USERNS = "io.podman.annotations.userns";

/** Who the process is. The mapping of a user namespace shows as the annotation that podman keeps of it. */
export const user: FieldRow = {
  name: "user",
  flags: ["user", "userns", "group-add", "uidmap", "gidmap", "subuidname", "subgidname"],
  declared: ({ call }) =>
    flat({
      user: lastOf(call.flags, "user"),
      userns: lastOf(call.flags, "userns"),
      groups: listText(allOf(call.flags, "group-add")),
      uidmap: listText([...allOf(call.flags, "uidmap"), ...allOf(call.flags, "subuidname")]),
      gidmap: listText([...allOf(call.flags, "gidmap"), ...allOf(call.flags, "subgidname")]),
    }),
  container: (expected, container) =>
    flat({
      ...expected,
      user: expected.user && textAt(container, "Config", "User"),
      userns: expected.userns && (textAt(container, "Config", "Annotations", USERNS) || expected.userns),
      groups:
        expected.groups === "keep-groups"
          ? expected.groups
          : expected.groups && listText(listAt(container, "HostConfig", "GroupAdd").map(String)),
    }),
  text: partsText,
};

/**
 * Devices, as they were when the container was made: rootless podman lists none, and rootful podman lists them
 * by another of their names, so only a device that the list should show and does not is told.
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

function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

/**
 * Capabilities that are added or dropped, against the bounding set. `HostConfig.CapAdd` and `CapDrop` depend
 * on today's containers.conf and are of no use. `all` cannot be seen.
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

/** podman 4 and 5.2 wrote `label:disable` for `label=disable`. */
function securityOption(option: string): string {
  return option
    .replace(/^(label|no-new-privileges|seccomp|apparmor|mask|unmask):/, "$1=")
    .replace(/=true$/, "");
}

/** Read-only root, privilege and security options; of these only some show in the container. */
export const security: FieldRow = {
  name: "security",
  flags: ["read-only", "read-only-tmpfs", "privileged", "security-opt"],
  declared: ({ call }) => {
    const options = allOf(call.flags, "security-opt").map((option) => [securityOption(option), "true"]);
    return flat({
      "read-only": lastOf(call.flags, "read-only"),
      "read-only-tmpfs": lastOf(call.flags, "read-only-tmpfs"),
      privileged: lastOf(call.flags, "privileged"),
      ...Object.fromEntries(options),
    });
  },
  container: (expected, container) => {
    const live = listAt(container, "HostConfig", "SecurityOpt").map((option) =>
      securityOption(String(option)),
    );
    const shown = ["no-new-privileges", "label=disable"].filter((option) => option in expected);
    return flat({
      ...expected,
      "read-only":
        expected["read-only"] &&
        String(at(container, "HostConfig", "ReadonlyRootfs") ?? expected["read-only"]),
      privileged:
        expected.privileged && String(at(container, "HostConfig", "Privileged") ?? expected.privileged),
      ...Object.fromEntries(shown.map((option) => [option, live.includes(option) ? "true" : undefined])),
    });
  },
  text: partsText,
};

/** Secrets by name. Their content is fixed when the container is made and is not compared. */
export const secrets: FieldRow = {
  name: "secrets",
  flags: ["secret"],
  declared: ({ call }) =>
    Object.fromEntries(
      allOf(call.flags, "secret").map((value) => {
        const [name = "", ...options] = value.split(",");
        return [name, [...options].sort().join(",") || "mounted"];
      }),
    ),
  container: (expected, container) => {
    const mounted = new Set(listAt(container, "Config", "Secrets").map((secret) => textAt(secret, "Name")));
    const isThere = ([name, options]: readonly [string, string]) =>
      /(^|,)type=env(,|$)/.test(options) || mounted.has(name);
    return Object.fromEntries(Object.entries(expected).filter(isThere));
  },
  text: (value) => Object.keys(value).join(", ") || "none",
};

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
