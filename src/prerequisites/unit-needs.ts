import type { Folder, MountRule, Owner } from "../model/host-requirements.ts";
import type { Unit } from "../model/unit.ts";
import { cleanPath, mountsOf } from "../quadlet/argv/mounts.ts";
import { allOf, lastOf, type PodmanCall } from "../quadlet/argv/podman-call.ts";
import { type PublishedPort, publishedPorts } from "../quadlet/argv/published-ports.ts";
import { lastValueOf } from "../quadlet/argv/unit-text.ts";
import { isUnknown } from "../quadlet/argv/unknown-parts.ts";
import type { Generated } from "../quadlet/generated.ts";

/** A path of the host that a container mounts. */
export interface HostMount {
  readonly path: string;
  readonly target: string;
  /** What podman does to its SELinux label: `Z` for this container alone, `z` for all containers. */
  readonly label: "Z" | "z" | "";
}

/** What one unit's command expects on the host, or takes for itself. */
export interface UnitNeeds {
  readonly instance: string;
  readonly unit: Unit;
  readonly subcommand: "run" | "pod create";
  /** Podman's name of the container or pod; empty if only systemd knows it. */
  readonly podmanName: string;
  readonly mounts: readonly HostMount[];
  readonly secrets: readonly string[];
  /** Paths. Podman's generator leaves out optional ones that do not exist. */
  readonly devices: readonly string[];
  /** Podman's names of networks, without modes such as `host`. */
  readonly networks: readonly string[];
  readonly ports: readonly (PublishedPort & { readonly host: number })[];
  readonly image: string | undefined;
  /** When podman pulls the image, as the unit says; empty if it does not say. */
  readonly pull: string;
  readonly userns: string;
  /** Whether it ends once it has done its work (`Type=oneshot`). */
  readonly ends: boolean;
}

const NETWORK_MODES = new Set([
  "bridge",
  "container",
  "host",
  "none",
  "ns",
  "pasta",
  "private",
  "slirp4netns",
]);

/**
 * Reads what units need from the commands that podman's generator makes of them, so that every key counts.
 */
export function unitNeeds(units: readonly Unit[], generated: Generated): readonly UnitNeeds[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  return [...generated.services.values()].flatMap(({ unit: name, call, text }) => {
    const unit = byName.get(name);
    const subcommand = call?.subcommand;
    return unit && call && (subcommand === "run" || subcommand === "pod create")
      ? [{ ...needsOf(unit, call, subcommand), ends: lastValueOf(text, "Service", "Type") === "oneshot" }]
      : [];
  });
}

function needsOf(unit: Unit, call: PodmanCall, subcommand: UnitNeeds["subcommand"]): Omit<UnitNeeds, "ends"> {
  const words = (flag: string) => allOf(call.flags, flag).filter((value) => !isUnknown(value));
  return {
    instance: unit.instance,
    unit,
    subcommand,
    podmanName: words("name").at(-1) ?? "",
    mounts: hostMounts(call),
    secrets: [...new Set(words("secret").map((value) => value.split(",")[0] ?? ""))],
    devices: words("device")
      .map((value) => value.split(":")[0] ?? "")
      .filter((path) => path.startsWith("/")),
    networks: words("network")
      .map((value) => value.split(":")[0] ?? "")
      .filter((name) => name !== "" && !NETWORK_MODES.has(name)),
    ports: words("publish")
      .flatMap(publishedPorts)
      .flatMap((port) => (port.host === undefined ? [] : [{ ...port, host: port.host }])),
    image: call.subcommand === "run" && lastOf(call.flags, "rootfs") !== "true" ? call.rest[0] : undefined,
    pull: call.subcommand === "run" ? (words("pull").at(-1) ?? "") : "",
    userns: lastOf(call.flags, "userns") ?? (call.flags.has("uidmap") ? "uidmap" : ""),
  };
}

function hostMounts(call: PodmanCall): readonly HostMount[] {
  return mountsOf(call)
    .filter(({ source, options }) => source.startsWith("/") && !isUnknown(source) && !options.includes("O"))
    .map(({ source, destination, options }) => ({
      path: cleanPath(source),
      target: destination,
      label: labelOf(options),
    }));
}

/** `-v` says `Z` and `z`, `--mount` says `relabel=private` and `relabel=shared`. */
function labelOf(options: readonly string[]): HostMount["label"] {
  if (options.some((option) => option === "Z" || option === "relabel=private")) return "Z";
  return options.some((option) => option === "z" || option === "relabel=shared") ? "z" : "";
}

interface Source {
  readonly path: string;
  readonly needs: UnitNeeds;
  readonly target: string;
}

/** What instances mount from the host, by whether quadgate creates a missing one or it has to exist. */
export interface Sources {
  /** Sorted, so that parents come before the folders in them. */
  readonly folders: readonly Folder[];
  readonly required: readonly Source[];
  /** Those of either kind that must be on a separate, mounted disk. */
  readonly mounted: readonly Source[];
}

/**
 * Joins mounts with the rules of their patterns. Podman handles mounts without a rule, which come from raw
 * Quadlets and the escape hatch. A folder that quadgate creates for one instance exists for the others; of
 * two rules, the one of the pattern's storage wins.
 */
export function mountSources(needs: readonly UnitNeeds[], rules: readonly MountRule[]): Sources {
  const ruleOf = new Map(rules.map((rule) => [`${rule.unit} ${cleanPath(rule.target)}`, rule]));
  const found = needs.flatMap((unit) =>
    unit.mounts.flatMap(({ path, target }) => {
      const rule = ruleOf.get(`${unit.unit.name} ${target}`);
      return rule === undefined ? [] : [{ path, target, needs: unit, rule }];
    }),
  );
  const made = new Map<string, MountRule & { readonly userns: string }>();
  for (const { path, rule, needs: unit } of found) {
    const known = made.get(path);
    if (rule.missing === "make" && (known === undefined || (rule.declared && !known.declared)))
      made.set(path, { ...rule, userns: unit.userns });
  }
  const folders = [...made].map(([path, rule]): Folder => {
    const others = needs.filter(({ mounts }) => mounts.some((mount) => mount.path === path));
    const units = new Set([rule.unit, ...others.map(({ unit }) => unit.name)]);
    const { instance, purpose, mode, nocow, declared, userns } = rule;
    return {
      path,
      instance,
      units: [...units],
      purpose,
      mode,
      owner: ownerOf(rule.owner),
      userns,
      nocow,
      declared,
    };
  });
  return {
    folders: folders.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    required: found.filter(({ rule, path }) => rule.missing === "refuse" && !made.has(path)),
    mounted: found.filter(({ rule }) => rule.requireMount),
  };
}

/** `999:999`; a user alone has the group of the same number. */
function ownerOf(text: string | undefined): Owner | undefined {
  const [uid, gid = uid] = (text ?? "").split(":");
  return uid === undefined || uid === "" ? undefined : { uid: Number(uid), gid: Number(gid) };
}
