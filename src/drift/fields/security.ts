import { at, type Json, listAt, textAt } from "../../model/live.ts";
import { allOf, lastOf } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

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
      uidmap: listText(allOf(call.flags, "uidmap")),
      gidmap: listText(allOf(call.flags, "gidmap")),
      subuidname: lastOf(call.flags, "subuidname"),
      subgidname: lastOf(call.flags, "subgidname"),
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
      uidmap: liveMap(expected.uidmap, container, "UidMap"),
      gidmap: liveMap(expected.gidmap, container, "GidMap"),
    }),
  text: partsText,
};

/** podman shows maps of plain numbers as they were given; of other ones it shows what it made of them. */
function liveMap(expected: string | undefined, container: Json, key: string): string | undefined {
  if (expected === undefined || !/^\d+:\d+:\d+(,\d+:\d+:\d+)*$/.test(expected)) return expected;
  const live = listAt(container, "HostConfig", "IDMappings", key).map(String);
  if (live.length === 0 || joined(live) === joined(expected.split(","))) return expected;
  return listText(live);
}

/** Maps without seams: podman may split ranges. */
function joined(maps: readonly string[]): string {
  const ranges = maps.map((map) => map.split(":").map(Number)).sort(([a = 0], [b = 0]) => a - b);
  const whole: number[][] = [];
  for (const [inside = 0, outside = 0, count = 0] of ranges) {
    const last = whole.at(-1);
    const [from = 0, to = 0, size = 0] = last ?? [];
    if (last && from + size === inside && to + size === outside) last[2] = size + count;
    else whole.push([inside, outside, count]);
  }
  return whole.map((range) => range.join(":")).join(",");
}

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

/** Options that podman shows; it keeps the others (`label=nested`, `mask`, `unmask`) to itself. */
const SHOWN = /^(no-new-privileges$|label=(disable$|(user|role|type|level|filetype):)|seccomp=.|apparmor=.)/;

/** podman joins the labels into one text, in which levels have commas of their own: `label=type:x,label=level:s0:c1,c2`. */
function liveSecurity(container: Json): readonly string[] {
  return listAt(container, "HostConfig", "SecurityOpt")
    .flatMap((option) => String(option).split(/,(?=label=)/))
    .map(securityOption);
}

/** Whether an option stands in the place of a declared one that is not there: another type, another profile. */
function replaces(option: string, declared: readonly string[], live: readonly string[]): boolean {
  const kind = (text: string) => /^(label=\w+:|\w+=)/.exec(text)?.[0];
  return (
    !declared.includes(option) && declared.some((one) => !live.includes(one) && kind(one) === kind(option))
  );
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
    const live = liveSecurity(container);
    const shown = Object.keys(expected).filter((option) => SHOWN.test(option));
    const others = live.filter((option) => replaces(option, shown, live));
    return flat({
      ...Object.fromEntries(others.map((option) => [option, "true"])),
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
