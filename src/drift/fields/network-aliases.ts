import { at, listAt, textAt } from "../../model/live.ts";
import { attachmentsOf, displayName, isInPod } from "../../quadlet/argv/attached-networks.ts";
import { allOf, lastOf } from "../../quadlet/argv/podman-call.ts";
import type { FieldRow } from "../row.ts";

/**
 * Names of the container on its networks. podman adds the short container id and the host name by itself.
 * `--network-alias` replaces the `alias=` of every network.
 */
export const aliases: FieldRow = {
  name: "aliases",
  flags: ["network-alias"],
  declared: ({ call }) => {
    const everywhere = allOf(call.flags, "network-alias");
    const pairs = attachmentsOf(call).flatMap(({ name, options }) => {
      const own = options.filter(([key]) => key === "alias").map(([, value]) => value);
      return (everywhere.length > 0 ? everywhere : own).map((alias) => [`${name}/${alias}`, alias]);
    });
    return Object.fromEntries(pairs);
  },
  container: (expected, container, { call }) => {
    if (isInPod(call)) return expected;
    const own = new Set([
      textAt(container, "Id").slice(0, 12),
      textAt(container, "Config", "Hostname"),
      textAt(container, "Name"),
      lastOf(call.flags, "hostname") ?? "",
      lastOf(call.flags, "name") ?? "",
    ]);
    const observed = new Map<string, string>();
    for (const { name } of attachmentsOf(call)) {
      const settings = at(container, "NetworkSettings", "Networks", name);
      const declared = Object.entries(expected).filter(([key]) => key.startsWith(`${name}/`));
      if (settings === undefined) {
        for (const [key, alias] of declared) observed.set(key, alias);
        continue;
      }
      const live = listAt(settings, "Aliases").map(String);
      for (const alias of live) {
        const key = `${name}/${alias}`;
        if (key in expected || !own.has(alias)) observed.set(key, alias);
      }
    }
    return Object.fromEntries(observed);
  },
  text: (value) => [...new Set(Object.values(value))].join(", ") || "none",
  label: displayName,
  changedBy: () => "podman network connect or disconnect",
};
