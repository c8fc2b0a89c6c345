import { type Json, LABEL_SYSTEMD_UNIT, type LiveState, listAt, objectAt, textAt } from "../../model/live.ts";
import { allOf, lastOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** How readiness is told to systemd. */
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

/** Quadlet's own default, which puts the container into its service's cgroup. */
const SPLIT = "split";

/** In which cgroup the container is: its service's (`split`) or one of its own. It shows while the container runs. */
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
    // `no-conmon` and `enabled` look alike.
    return { "": declared === "disabled" && path !== "" ? "enabled" : declared };
  },
  text: (value) => value[""] ?? SPLIT,
  label: () => "",
};

/** The pod that a container is in, by the service that makes it, for podman's versions name it in different ways. */
export const pod: FieldRow = {
  name: "pod",
  flags: ["pod", "pod-id-file"],
  declared: ({ call }, { live }) => flat({ "": declaredPod(call, live) }),
  container: (expected, container, { live }) => {
    const id = textAt(container, "Pod");
    if (id === "") return {};
    const found = live.pods.find((candidate) => textAt(candidate, "Id") === id);
    return flat({ "": found === undefined ? expected[""] : podKey(found) });
  },
  text: (value) => value[""] ?? "none",
  label: () => "",
};

function declaredPod(call: PodmanCall, live: LiveState): string | undefined {
  // `podman pod create` has flags of these names for the pod itself.
  if (call.subcommand === "pod create") return undefined;
  const file = lastOf(call.flags, "pod-id-file");
  if (file !== undefined) return file.replace(/^.*\//, "").replace(/\.pod-id$/, "");
  const name = lastOf(call.flags, "pod");
  if (name === undefined || name === "") return undefined;
  const found = live.pods.find((candidate) => textAt(candidate, "Name") === name);
  return found === undefined ? name : podKey(found);
}

function podKey(found: Json): string {
  const service = textAt(objectAt(found, "Labels"), LABEL_SYSTEMD_UNIT);
  return service === "" ? textAt(found, "Name") : service.replace(/\.service$/, "");
}

/** `nofile=1024:2048`; one number stands for both; podman writes the names as `RLIMIT_NOFILE`, and none as -1. */
function limitOf(value: string): readonly [string, string] | undefined {
  const match = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/i.exec(value);
  if (!match) return undefined;
  const [, name = "", soft = "", hard = soft] = match;
  return [name.toLowerCase().replace(/^rlimit_/, ""), `${soft}:${hard}`];
}

/** Declared limits; podman adds some of its own. `host` declares none. */
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

/** Where no limit is asked for, rootless podman sets what the user may have at most. */
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
