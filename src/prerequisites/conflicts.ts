import { groupBy } from "../lib/group-by.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import type { Unit } from "../model/unit.ts";
import type { UnitNeeds } from "./unit-needs.ts";

/** What several units cannot all have, regardless of the host. Such an issue names all of them. */
const CONFLICTS = {
  "port-conflict": "two units publish the same port of the host",
  "name-conflict":
    "two containers, or two pods, have the same name, and podman would replace one with the other",
} as const satisfies Record<string, string>;

/** Finds conflicts among all units of a host, of patterns and raw Quadlets alike: one issue a cause. */
export function conflicts(needs: readonly UnitNeeds[]): readonly Issue[] {
  return [...portConflicts(needs), ...nameConflicts(needs)];
}

interface PublishedBy {
  readonly owner: UnitNeeds;
  readonly port: UnitNeeds["ports"][number];
}

function portConflicts(needs: readonly UnitNeeds[]): readonly Issue[] {
  const all = needs.flatMap((owner) => owner.ports.map((port): PublishedBy => ({ owner, port })));
  const byPort = groupBy(all, ({ port }) => `${port.host}/${port.protocol}`);
  return [...byPort].flatMap(([port, publishing]) => portIssue(port, clashing(publishing)) ?? []);
}

/** Those that somebody else publishes too. */
function clashing(publishing: readonly PublishedBy[]): readonly PublishedBy[] {
  return publishing.filter(({ owner, port }) =>
    publishing.some((other) => other.owner !== owner && overlap(other.port.address, port.address)),
  );
}

function portIssue(port: string, publishing: readonly PublishedBy[]): Issue | undefined {
  const [first] = publishing;
  if (first === undefined) return undefined;
  const { unit } = first.owner;
  return {
    code: "port-conflict" satisfies keyof typeof CONFLICTS,
    message: `port ${port} of the host is published by ${allOf(unitsOf(publishing))}`,
    place: placeOf(unit, "PublishPort", String(first.port.host)) ?? unit.origin,
    ...concerned(publishing),
    hint: "each needs a port of its own",
  };
}

const unitsOf = (all: readonly { readonly owner: UnitNeeds }[]): readonly string[] => [
  ...new Set(all.map(({ owner }) => owner.unit.name)),
];

/** The instances of units, the first as the one whose file the issue points to. */
export function concerned(
  all: readonly { readonly owner: Pick<UnitNeeds, "instance"> }[],
): Pick<Issue, "instance" | "others"> {
  const [instance, ...others] = new Set(all.map(({ owner }) => owner.instance));
  return { ...(instance !== undefined && { instance }), ...(others.length > 0 && { others }) };
}

/** `a, b and c`. */
export function allOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
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
  const named = needs.filter(({ podmanName }) => podmanName !== "").map((owner) => ({ owner }));
  const byName = groupBy(named, ({ owner: { subcommand, podmanName } }) => `${subcommand} ${podmanName}`);
  return [...byName.values()].flatMap((sharing) => {
    const [first, second] = sharing;
    if (first === undefined || second === undefined) return [];
    const { unit, subcommand, podmanName: name } = first.owner;
    const words = `${KINDS[subcommand]} ${JSON.stringify(name)}`;
    return {
      code: "name-conflict" satisfies keyof typeof CONFLICTS,
      message:
        `${allOf(unitsOf(sharing))} name their ${words}; ` +
        "whichever starts last removes the one before it",
      place: placeOf(unit, "ContainerName", name) ?? placeOf(unit, "PodName", name) ?? unit.origin,
      ...concerned(sharing),
      hint: "each needs a name of its own",
    };
  });
}

/** Whether two addresses conflict for the same port; an empty one means all addresses. */
function overlap(a: string, b: string): boolean {
  const all = (address: string) => ["", "0.0.0.0", "::"].includes(address);
  return all(a) || all(b) || a === b;
}

/** The place in the manifest of the line of a unit that has this key, and this text in its value. */
export function placeOf(unit: Unit, key: string, text: string): Place | undefined {
  const lines = unit.content.split("\n");
  const index = lines.findIndex((line) => line.startsWith(`${key}=`) && line.includes(text));
  return index < 0 ? undefined : unit.lines?.get(index + 1);
}
