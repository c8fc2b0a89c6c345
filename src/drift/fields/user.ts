import { type Json, listAt, textAt } from "../../model/live.ts";
import { allOf, lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { switchesText } from "../row-builders/parts-row.ts";

function listText(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : [...values].sort().join(",");
}

const USERNS = "io.podman.annotations.userns";

/** The user that the process runs as; podman shows the mapping of a user namespace as an annotation. */
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
  text: switchesText,
};

/** podman shows maps of plain numbers as given, and of other maps what it made of them. */
function liveMap(expected: string | undefined, container: Json, key: string): string | undefined {
  if (expected === undefined || !/^\d+:\d+:\d+(,\d+:\d+:\d+)*$/.test(expected)) return expected;
  const live = listAt(container, "HostConfig", "IDMappings", key).map(String);
  if (live.length === 0 || joined(live) === joined(expected.split(","))) return expected;
  return listText(live);
}

/** Joins adjacent ranges of a map, because podman may split ranges. */
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
