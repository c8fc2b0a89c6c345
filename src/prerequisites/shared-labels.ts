import { groupBy } from "../lib/group-by.ts";
import { isWithin } from "../lib/is-within.ts";
import type { Issue } from "../model/issue.ts";
import type { Prerequisite, PrerequisiteInput } from "./codes.ts";
import { allOf, concerned, placeOf } from "./conflicts.ts";
import type { HostMount, UnitNeeds } from "./unit-needs.ts";

interface Labelled {
  readonly owner: UnitNeeds;
  readonly mount: HostMount;
}

/** Files that one container has for itself alone, with all that relabel them. */
interface SharedFiles {
  readonly path: string;
  /** At least one of them mounts the files with `:Z`; the first one does. */
  readonly sharing: readonly Labelled[];
}

/**
 * `:Z` gives files, also below the mounted folder, a label that only this container may use. A second
 * container that relabels them takes them away from the first: whichever starts last has them.
 */
function sharedFiles(needs: readonly UnitNeeds[]): readonly SharedFiles[] {
  const labelled = needs.flatMap((owner) =>
    owner.mounts.filter(({ label }) => label !== "").map((mount): Labelled => ({ owner, mount })),
  );
  const alone = groupBy(
    labelled.filter(({ mount }) => mount.label === "Z"),
    ({ mount }) => mount.path,
  );
  const found = [...alone].flatMap(([path, owners]) => {
    const others = labelled.filter(
      ({ owner, mount }) =>
        owners.some((one) => one.owner !== owner) &&
        (isWithin(mount.path, path) || (isWithin(path, mount.path) && mount.label !== "Z")) &&
        !owners.some((one) => one.owner === owner && one.mount === mount),
    );
    const sharing = [...owners, ...others];
    return new Set(sharing.map(({ owner }) => owner)).size > 1 ? [{ path, sharing }] : [];
  });
  return found.filter((one) => !found.some((other) => other !== one && isPartOf(one, other)));
}

/** Whether the files lie in a folder for which the same is said. */
function isPartOf({ path, sharing }: SharedFiles, other: SharedFiles): boolean {
  const mounts = new Set(other.sharing.map(({ mount }) => mount));
  return path !== other.path && isWithin(path, other.path) && sharing.every(({ mount }) => mounts.has(mount));
}

function messageOf({ path, sharing }: SharedFiles): string {
  const who = sharing.map(({ owner, mount }) => {
    const where = mount.path === path ? "" : ` (${mount.path})`;
    return `${owner.unit.name} with :${mount.label}${where}`;
  });
  return (
    `${JSON.stringify(path)} is mounted by ${allOf([...new Set(who)])}; ` +
    "with SELinux, whichever starts last takes the files from the others"
  );
}

function placeIn({ sharing: [first] }: SharedFiles) {
  return first && (placeOf(first.owner.unit, "Volume", `:${first.mount.target}`) ?? first.owner.unit.origin);
}

const HINT = "write :z for all of them, or mount separate folders";

/** One warning for each path that containers relabel against each other. It matters only with SELinux. */
export function labelWarnings(needs: readonly UnitNeeds[]): readonly Issue[] {
  return sharedFiles(needs).map((shared) => {
    const place = placeIn(shared);
    return {
      code: "label-conflict",
      message: messageOf(shared),
      ...(place && { place }),
      ...concerned(shared.sharing),
      hint: HINT,
    };
  });
}

/** With SELinux on, containers that run at the same time cannot relabel files against each other. */
export function labels({ needs, allNeeds, found }: PrerequisiteInput): readonly Prerequisite[] {
  if (!found.hasSelinux) return [];
  const runs = sharedFiles(allNeeds.filter(({ ends }) => !ends));
  const concern = new Set(needs.map(({ instance }) => instance));
  return runs.flatMap((shared) => {
    const place = placeIn(shared);
    const instances = new Set(shared.sharing.map(({ owner }) => owner.instance));
    return [...instances]
      .filter((instance) => concern.has(instance))
      .map((instance) => ({
        instance,
        check: `label of ${shared.path}`,
        code: "label-taken" as const,
        message: messageOf(shared),
        fix: HINT,
        ...(place && { place }),
      }));
  });
}
