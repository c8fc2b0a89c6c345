import { type Json, listAt, objectAt, textAt } from "../../model/live.ts";
import { allOf } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/**
 * A limit such as `nofile=1024:2048`; a single number means both. podman writes the names as `RLIMIT_NOFILE`,
 * and unlimited as -1.
 */
function limitOf(value: string): readonly [string, string] | undefined {
  const match = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/i.exec(value);
  if (!match) return undefined;
  const [, name = "", soft = "", hard = soft] = match;
  return [name.toLowerCase().replace(/^rlimit_/, ""), `${soft}:${hard}`];
}

/** Declared limits. podman adds some of its own; `host` declares none. */
export const ulimits: FieldRow = {
  name: "ulimits",
  flags: ["ulimit"],
  declared: ({ call }) =>
    Object.fromEntries(
      allOf(call.flags, "ulimit")
        .map(limitOf)
        .filter((limit) => limit !== undefined),
    ),
  container: (expected, container) => {
    const live = new Map(
      listAt(container, "HostConfig", "Ulimits").map((limit) => [
        textAt(limit, "Name")
          .toLowerCase()
          .replace(/^rlimit_/, ""),
        `${numberAt(limit, "Soft")}:${numberAt(limit, "Hard")}`,
      ]),
    );
    const seen = Object.entries(expected).map(([name, value]) => [
      name,
      asFarAsLimited(value, live.get(name)),
    ]);
    return flat(Object.fromEntries(seen));
  },
  text: limitsText,
  changedBy: () => "podman update",
};

/** If no limit is declared, rootless podman sets the user's maximum. */
function asFarAsLimited(expected: string, live: string | undefined): string | undefined {
  const [soft = "", hard = ""] = (live ?? "").split(":");
  const [wantedSoft = "", wantedHard = ""] = expected.split(":");
  if (live === undefined) return undefined;
  return `${wantedSoft === "-1" ? "-1" : soft}:${wantedHard === "-1" ? "-1" : hard}`;
}

function numberAt(limit: Json, key: string): string {
  const value = Number(objectAt(limit)[key] ?? 0);
  return value < 0 || value >= 2 ** 63 ? "-1" : String(value);
}

function limitsText(value: Flat, keys: readonly string[]): string {
  const shown = keys.length > 0 ? keys.filter((key) => key in value) : Object.keys(value);
  return shown.map((key) => `${key} ${value[key]}`).join(", ") || "podman's own";
}
