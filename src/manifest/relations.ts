import { matchesGlob } from "../lib/glob.ts";
import type { Instance, PatternInstance, RawInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import { issue } from "./codes.ts";
import type { ReadManifest } from "./manifests.ts";
import { didYouMean, show } from "./message-parts.ts";
import { compareText } from "./paths.ts";

/** Whether an instance is meant for a host: each is, unless `hosts` says otherwise. */
export function isForHost({ spec: { hosts } }: Instance, host: string): boolean {
  return hosts === undefined || matchesGlob(host, hosts);
}

/** Checks `dependsOn` against every name that exists in the repository, on any host. */
export function unknownDependencies(
  manifests: readonly ReadManifest[],
  raw: readonly RawInstance[],
  known: ReadonlySet<string>,
): Issue[] {
  return [...manifests, ...raw.map(dependentOf)].flatMap(({ name, dependsOn, siblings = [] }) => {
    const others = () => [...siblings, ...known].filter((other) => other !== name);
    return dependsOn
      .filter(({ target }) => !known.has(target) && !mayBeEntry(target, manifests))
      .map(({ target, place }) => {
        const entries = manifests.find((other) => other.name === target)?.members;
        const message =
          entries === undefined
            ? `there is no instance ${show(target)} to depend on`
            : `${show(target)} is a stack, but dependsOn takes instances`;
        const hint = entries === undefined ? didYouMean(target, others(), "instances") : listHint(entries);
        return issue("depends-unknown", message, { place, instance: name, hint });
      });
  });
}

/** A raw Quadlet as what depends on others. */
function dependentOf({ name, spec, places, place }: RawInstance): Dependent {
  const dependsOn = spec.dependsOn.map((target, index) => ({
    target,
    place: places.get(`dependsOn.${index}`) ?? place,
  }));
  return { name, dependsOn };
}

type Dependent = Pick<ReadManifest, "name" | "dependsOn" | "siblings">;

const listHint = (entries: readonly string[]): string | undefined =>
  entries.length === 0 ? undefined : `its instances: ${entries.join(", ")}`;

/** The entries of an unreadable stack are unknown, and the file already has an issue. */
function mayBeEntry(target: string, manifests: readonly ReadManifest[]): boolean {
  return manifests.some(({ name, doubtful }) => doubtful && target.startsWith(`${name}-`));
}

/** Instances of this host that depend on one that is only for other hosts. */
export function dependenciesElsewhere(
  here: readonly Instance[],
  elsewhere: ReadonlySet<string>,
  host: string,
): Issue[] {
  return here.flatMap((instance) =>
    instance.spec.dependsOn.flatMap((target, index) => {
      if (!elsewhere.has(target)) return [];
      const by = show(instance.name);
      const message = `${show(target)} does not run on host ${show(host)}, but ${by} does and depends on it`;
      const place = instance.places.get(`dependsOn.${index}`) ?? instance.place;
      return [
        issue("depends-elsewhere", message, {
          place,
          instance: instance.name,
          hint: "give both the same hosts",
        }),
      ];
    }),
  );
}

/** Circles of `dependsOn`, one issue for each, and every instance in one. */
export function dependencyCycles(instances: readonly Instance[]): {
  issues: Issue[];
  members: string[];
} {
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const open = new Map(
    instances.map(({ name, spec }) => [name, spec.dependsOn.filter((target) => byName.has(target))]),
  );
  const issues: Issue[] = [];
  const members: string[] = [];
  for (removeFinished(open); open.size > 0; removeFinished(open)) {
    const cycle = cycleIn(open);
    for (const name of cycle) open.delete(name);
    members.push(...cycle);
    issues.push(cycleIssue(cycle, byName));
  }
  return { issues, members };
}

/** Removes instances that depend on nothing in the map, until none is left. */
function removeFinished(open: Map<string, readonly string[]>): void {
  for (let before = -1; before !== open.size; ) {
    before = open.size;
    for (const [name, targets] of open) if (!targets.some((target) => open.has(target))) open.delete(name);
  }
}

/** Every remaining instance has a remaining target, so following them must come round. */
function cycleIn(open: ReadonlyMap<string, readonly string[]>): string[] {
  const walked: string[] = [];
  let name = [...open.keys()].toSorted(compareText)[0];
  while (name !== undefined && !walked.includes(name)) {
    walked.push(name);
    name = open.get(name)?.find((target) => open.has(target));
  }
  const cycle = name === undefined ? walked : walked.slice(walked.indexOf(name));
  const first = cycle.indexOf(cycle.toSorted(compareText)[0] ?? "");
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

function cycleIssue(cycle: readonly string[], byName: ReadonlyMap<string, Instance>): Issue {
  const [first = "", second = first] = cycle;
  const instance = byName.get(first);
  const index = instance?.spec.dependsOn.indexOf(second) ?? 0;
  const place = instance && (instance.places.get(`dependsOn.${index}`) ?? instance.place);
  const message =
    cycle.length === 1
      ? `${show(first)} depends on itself`
      : `dependencies form a circle: ${[...cycle, first].join(" -> ")}`;
  return issue("depends-cycle", message, {
    place,
    instance: first,
    hint: "remove one of these dependsOn entries",
  });
}

/** Finds `files` entries that share a target path on the host. */
export function sharedTargets(here: readonly PatternInstance[]): Issue[] {
  const owners = new Map<string, string>();
  const entries = here.flatMap((instance) =>
    instance.spec.files.map(({ to }, index) => ({ instance, to, index })),
  );
  return entries.flatMap(({ instance, to, index }) => {
    const owner = owners.get(to);
    if (owner === undefined) {
      owners.set(to, instance.name);
      return [];
    }
    const place = instance.places.get(`files.${index}.to`) ?? instance.place;
    const message = `${show(owner)} already writes ${show(to)}`;
    return [issue("name-taken", message, { place, instance: instance.name, hint: "choose another path" })];
  });
}
