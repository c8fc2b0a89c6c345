import type { DesiredState } from "../model/desired-state.ts";
import type { FileBeside, RawInstance } from "../model/instance.ts";

/** By instance: the folder below the unit folder that its Quadlets go to; absent: the unit folder itself. */
export type Placement = ReadonlyMap<string, string>;

/** What is deployed: the names of units, with their instances. */
export type Deployed = ReadonlyMap<string, string>;

/** The raw Quadlets of one folder of the repository that have files beside them. */
interface Group {
  /** Relative to desired-state/; empty for that itself. */
  readonly folder: string;
  readonly instances: readonly RawInstance[];
  /** Where the files go, relative to the units, with where each is in the repository. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Quadlets lie in the unit folder itself, unless files beside them would meet those of another folder of the
 * repository. Then they go to a subfolder of the same name as in the repository. What is deployed stays where
 * it is if it can, because the relative paths that it names lead to its data too.
 */
export function placeUnits(
  { instances }: Pick<DesiredState, "instances">,
  { deployed, unitDir }: { readonly deployed: Deployed; readonly unitDir: string },
): Placement {
  const rank = (group: Group) => {
    const owns = (name: string) => group.instances.some((one) => one.name === deployed.get(name));
    if ([...group.files.keys()].some((path) => owns(`${unitDir}/${path}`))) return 0;
    return isDeployed(group, "", deployed) ? 1 : 2;
  };
  const ranked = groupsOf(instances).map((group) => ({ group, rank: rank(group) }));
  const placed = new Map<string, string>();
  const flat: Group[] = [];
  for (const { group } of ranked.toSorted((a, b) => a.rank - b.rank || compare(a.group, b.group))) {
    const isMoved = group.folder !== "" && isDeployed(group, `${group.folder}/`, deployed);
    if (!isMoved && !flat.some((other) => meet(group.files, other.files))) flat.push(group);
    else for (const { name } of group.instances) placed.set(name, group.folder);
  }
  return placed;
}

/** Whether the place of a unit may depend on what is deployed. */
export function isPlacedByHost({ instances }: Pick<DesiredState, "instances">): boolean {
  return groupsOf(instances).some(({ folder }) => folder !== "");
}

const compare = (a: Group, b: Group): number => (a.folder < b.folder ? -1 : 1);

interface Mutable extends Group {
  readonly instances: RawInstance[];
  readonly files: Map<string, string>;
}

function groupsOf(instances: DesiredState["instances"]): readonly Group[] {
  const groups = new Map<string, Mutable>();
  for (const instance of instances) {
    const beside = instance.kind === "raw" ? instance.beside : undefined;
    const [first] = beside ?? [];
    if (instance.kind !== "raw" || beside === undefined || first === undefined) continue;
    const folder = folderOf(...first);
    const group: Mutable = groups.get(folder) ?? { folder, instances: [], files: new Map() };
    groups.set(folder, group);
    group.instances.push(instance);
    for (const [path, { source }] of beside) group.files.set(path, source);
  }
  return [...groups.values()];
}

/** The folder of a unit in desired-state/, from a file beside it. */
function folderOf(path: string, { source }: FileBeside): string {
  return source.slice(0, -path.length).split("/").slice(1, -1).join("/");
}

function isDeployed({ instances }: Group, prefix: string, deployed: Deployed): boolean {
  return instances.some(({ files }) => [...files.keys()].some((unit) => deployed.has(`${prefix}${unit}`)));
}

/** Whether two files would have one path, or a file the path of a folder. */
function meet(some: Group["files"], others: Group["files"]): boolean {
  return [...some].some(([path, source]) =>
    [...others].some(
      ([other, its]) =>
        source !== its && (path === other || path.startsWith(`${other}/`) || other.startsWith(`${path}/`)),
    ),
  );
}
