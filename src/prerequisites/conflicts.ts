import { groupBy } from "../lib/group-by.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import type { Unit } from "../model/unit.ts";
import type { HostMount, UnitNeeds } from "./unit-needs.ts";

/** What two units cannot both have, regardless of the host. Such an issue names both. */
const CONFLICTS = {
  "label-conflict": "two containers relabel the same files, one of them for itself alone",
  "port-conflict": "two units publish the same port of the host",
  "name-conflict":
    "two containers, or two pods, have the same name, and podman would replace one with the other",
} as const satisfies Record<string, string>;

/** Finds conflicts among all units of a host, of patterns and raw Quadlets alike. */
export function conflicts(needs: readonly UnitNeeds[]): readonly Issue[] {
  return [...labelConflicts(needs), ...portConflicts(needs), ...nameConflicts(needs)];
}

interface MountLabel {
  readonly owner: UnitNeeds;
  readonly mount: HostMount;
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);

/**
 * `:Z` gives files, also below the mounted folder, a label that only this container may use. A second
 * container that relabels them takes them away from the first: whichever starts last has them.
 */
function labelConflicts(needs: readonly UnitNeeds[]): readonly Issue[] {
  const labelled = needs.flatMap((owner) =>
    owner.mounts.filter(({ label }) => label !== "").map((mount): MountLabel => ({ owner, mount })),
  );
  return pairs(labelled)
    .filter(([a, b]) => a.owner !== b.owner && (a.mount.label === "Z" || b.mount.label === "Z"))
    .filter(([a, b]) => isWithin(a.mount.path, b.mount.path) || isWithin(b.mount.path, a.mount.path))
    .flatMap(([a, b]) => [labelIssue(a, b), labelIssue(b, a)]);
}

function labelIssue({ owner, mount }: MountLabel, other: MountLabel): Issue {
  const same = mount.path === other.mount.path;
  const relation = same
    ? ""
    : `, ${isWithin(mount.path, other.mount.path) ? "within" : "above"} ${other.mount.path}`;
  const path = JSON.stringify(mount.path);
  return {
    code: "label-conflict" satisfies keyof typeof CONFLICTS,
    message:
      `${owner.unit.name} mounts ${path} with :${mount.label}${relation}, ` +
      `which ${other.owner.unit.name} mounts with :${other.mount.label}; ` +
      "whichever starts last takes the files from the other",
    place: placeOf(owner.unit, "Volume", `:${mount.target}`) ?? owner.unit.origin,
    instance: owner.instance,
    hint: same
      ? "write :z for both because they share the folder"
      : "mount separate folders, or write :z for both",
  };
}

function portConflicts(needs: readonly UnitNeeds[]): readonly Issue[] {
  const all = needs.flatMap((owner) => owner.ports.map((port) => ({ owner, port })));
  return pairs(all)
    .filter(([a, b]) => a.owner !== b.owner && a.port.host === b.port.host)
    .filter(([a, b]) => a.port.protocol === b.port.protocol && overlap(a.port.address, b.port.address))
    .flatMap(([a, b]) =>
      [[a, b] as const, [b, a] as const].map(([{ owner, port }, other]) => ({
        code: "port-conflict" satisfies keyof typeof CONFLICTS,
        message:
          `${owner.unit.name} publishes port ${port.host}/${port.protocol}, ` +
          `and so does ${other.owner.unit.name}`,
        place: placeOf(owner.unit, "PublishPort", String(port.host)) ?? owner.unit.origin,
        instance: owner.instance,
        hint: "choose another port for one of the two",
      })),
    );
}

const KINDS = { run: "container", "pod create": "pod" } as const satisfies Record<
  UnitNeeds["subcommand"],
  string
>;

/**
 * `podman run --replace` removes only a container of the same name, and `podman pod create --replace` only a
 * pod.
 */
function nameConflicts(needs: readonly UnitNeeds[]): readonly Issue[] {
  const byName = groupBy(needs, ({ subcommand, podmanName }) => `${subcommand} ${podmanName}`);
  return needs.flatMap(({ instance, unit, subcommand, podmanName: name }) => {
    const ofThatName = name === "" ? undefined : byName.get(`${subcommand} ${name}`);
    const other = ofThatName?.find((one) => one.unit.name !== unit.name);
    if (other === undefined) return [];
    const words = `${KINDS[subcommand]} ${JSON.stringify(name)}`;
    return {
      code: "name-conflict" satisfies keyof typeof CONFLICTS,
      message:
        `${unit.name} names its ${words}, and so does ${other.unit.name}; ` +
        "whichever starts last removes the other",
      place: placeOf(unit, "ContainerName", name) ?? placeOf(unit, "PodName", name) ?? unit.origin,
      instance,
      hint: "choose another name for one of the two",
    };
  });
}

/** Whether two addresses conflict for the same port; an empty one means all addresses. */
function overlap(a: string, b: string): boolean {
  const all = (address: string) => ["", "0.0.0.0", "::"].includes(address);
  return all(a) || all(b) || a === b;
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));
}

/** The place in the manifest of the line of a unit that has this key, and this text in its value. */
export function placeOf(unit: Unit, key: string, text: string): Place | undefined {
  const lines = unit.content.split("\n");
  const index = lines.findIndex((line) => line.startsWith(`${key}=`) && line.includes(text));
  return index < 0 ? undefined : unit.lines?.get(index + 1);
}
