import type { Folder } from "../model/host-requirements.ts";
import type { Inventory } from "../model/inventory.ts";
import {
  type Json,
  LABEL_SYSTEMD_UNIT,
  type LiveState,
  listAt,
  objectAt,
  serviceOf,
  textAt,
} from "../model/live.ts";
import { obstructionOf } from "../model/obstruction.ts";
import { plainKindOf, unitPath } from "../model/plain-unit.ts";
import { LABEL_INSTANCE, type Unit } from "../model/unit.ts";
import { lookForNeeds } from "../observe/find-requirements.ts";
import {
  judgePrerequisites,
  mountSources,
  type Prerequisite,
  type PrerequisiteInput,
  prerequisiteQuestion,
  type Sources,
  type UnitNeeds,
  unitNeeds,
} from "../prerequisites/index.ts";
import { hasHadName, nameKey, takenNames } from "../quadlet/names.ts";
import { networksMade } from "../quadlet/network-names.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";

/** What instances need from the host besides their units. */
export interface PrerequisiteFindings {
  readonly prerequisites: readonly Prerequisite[];
  /** Folders that containers mount and quadgate makes. */
  readonly folders: readonly Folder[];
  /** Paths of the folders that do not exist yet. */
  readonly missing: ReadonlySet<string>;
}

/** Looks for everything that these instances need, and judges it. Changes nothing. */
export async function examinePrerequisites(
  { host }: Pick<Context, "host">,
  desired: RenderedState,
  live: LiveState,
  inventory: Inventory,
  concerns: (instance: string) => boolean,
): Promise<PrerequisiteFindings> {
  const { facts } = host;
  const isConcerned = ({ instance }: { readonly instance: string }) => concerns(instance);
  const all = unitNeeds(desired.units, desired.generated);
  const needs = all.filter(isConcerned);
  const requirements = desired.requirements.filter(isConcerned);
  const sources = sourcesOf(mountSources(all, desired.mounts), concerns);
  const names = takenNames(desired.units, desired.generated, live.inputs).filter(isConcerned);
  const asked = prerequisiteQuestion({ needs, sources, requirements, names }, facts.home);
  const found = await lookForNeeds(host, asked);
  const objects = namedObjects(live.containers, [...live.pods, ...found.pods]);
  const prerequisites = judgePrerequisites({
    needs,
    allNeeds: all,
    names,
    sources,
    requirements,
    found,
    podmanVersion: desired.podmanVersion,
    networks: networksThere(desired, live),
    containers: live.containers,
    leftAlone: namesOfLeftAlone(objects, inventory, staysAsItIs(desired, concerns)),
    foreign: foreignObjects(objects, inventory, desired.generated),
    had: (name) => hasHadName(name, inventory, live, facts),
    files: desired.units.filter(({ kind }) => kind === "file").map(({ name }) => name),
    obstructed: obstructedUnits(desired.units.filter(isConcerned), live, inventory, facts),
    namesakes: namesakes(desired.units.filter(isConcerned), desired, { live, inventory }, facts),
    used: usedFolders(all, live, inventory),
    rootless: facts.rootless,
    home: facts.home,
  });
  const missing = sources.folders.filter(({ path }) => !found.folders.has(path)).map(({ path }) => path);
  return { prerequisites, folders: sources.folders, missing: new Set(missing) };
}

/** Podman's names of the networks that the host has or that units make. */
function networksThere({ generated }: RenderedState, { networks }: LiveState): ReadonlySet<string> {
  const live = networks.map((network) => textAt(network, "name"));
  return new Set([...networksMade(generated), ...live]);
}

/** The sources that some instances mount. */
function sourcesOf(all: Sources, concerns: (instance: string) => boolean): Sources {
  return {
    folders: all.folders.filter(({ instance }) => concerns(instance)),
    required: all.required.filter(({ needs: { instance } }) => concerns(instance)),
    mounted: all.mounted.filter(({ needs: { instance } }) => concerns(instance)),
  };
}

/** Units whose path on the host something other than a plain file blocks. */
function obstructedUnits(
  units: readonly Unit[],
  { obstacles }: LiveState,
  inventory: Inventory,
  facts: Context["host"]["facts"],
): PrerequisiteInput["obstructed"] {
  return units.flatMap((unit) => {
    const found = obstructionOf(unit.name, obstacles);
    if (found === undefined) return [];
    const { at, obstacle } = found;
    // A link that quadgate owns and that leads nowhere counts as a missing file: the sync writes it again.
    if (obstacle.kind === "dangling-link" && Object.hasOwn(inventory.units, unit.name)) return [];
    return [{ unit, path: unitPath(facts, at), obstacle }];
  });
}

/** Plain units, and aliases of theirs, whose name systemd knows from another place, with its file. */
function namesakes(
  units: readonly Unit[],
  { generated, units: wanted }: RenderedState,
  { live: { services }, inventory }: { readonly live: LiveState; readonly inventory: Inventory },
  { systemdDir, generatorDir }: Context["host"]["facts"],
): PrerequisiteInput["namesakes"] {
  const kept = new Set(wanted.map(({ name }) => name));
  // The Quadlet whose service this was goes with the same sync.
  const replaced = new Set(
    Object.entries(inventory.units).flatMap(([name, { service }]) => (kept.has(name) ? [] : (service ?? []))),
  );
  const isOther = (name: string, path: string) =>
    !["", "/dev/null"].includes(path) && !path.startsWith(`${systemdDir}/`) && !replaced.has(name);
  return units
    .filter(({ name }) => plainKindOf(name) !== undefined)
    .flatMap((unit) => {
      const aliases = generated.byUnit.get(unit.name)?.plain?.links ?? [];
      const names = [unit.name, ...aliases.flatMap((link) => aliasOf(link, systemdDir) ?? [])];
      return names.flatMap((name) => {
        const path = services.get(name)?.fragmentPath ?? "";
        return isOther(name, path)
          ? [{ unit, name, path, generated: path.startsWith(`${generatorDir}/`) }]
          : [];
      });
    });
}

/** The alias that a link of `[Install]` is for; undefined for those in folders of targets. */
function aliasOf(link: string, systemdDir: string): string | undefined {
  const name = link.slice(systemdDir.length + 1);
  return name.includes("/") ? undefined : name;
}

/**
 * Whether this sync leaves an instance alone: it was not asked for, it has errors, or git no longer has it
 * and pruning is off.
 */
function staysAsItIs(
  { units, invalid, settings }: RenderedState,
  concerns: (instance: string) => boolean,
): (instance: string) => boolean {
  const wanted = new Set(units.map(({ instance }) => instance));
  return (instance) =>
    !concerns(instance) || invalid.has(instance) || (!wanted.has(instance) && !settings.prune.enabled);
}

/** A container or a pod that podman has. */
interface NamedObject {
  /** As `nameKey` gives it. */
  readonly key: string;
  /** The service that it belongs to; empty if there is none. */
  readonly service: string;
  /** Whether it has quadgate's label. */
  readonly marked: boolean;
}

/** A pod that `podman kube play` creates has no labels; its infra container has the label of the service. */
function namedObjects(containers: readonly Json[], pods: readonly Json[]): readonly NamedObject[] {
  const infraOf = (pod: Json) =>
    containers.find((container) => textAt(container, "Id") === textAt(pod, "InfraContainerID"));
  return [
    ...containers.map((container) => ({
      key: nameKey({ kind: "container", name: textAt(container, "Name") }),
      service: serviceOf(container),
      marked: LABEL_INSTANCE in objectAt(container, "Config", "Labels"),
    })),
    ...pods.map((pod) => ({
      key: nameKey({ kind: "pod", name: textAt(pod, "Name") }),
      service: textAt(pod, "Labels", LABEL_SYSTEMD_UNIT) || serviceOf(infraOf(pod) ?? null),
      marked: false,
    })),
  ];
}

function namesOfLeftAlone(
  objects: readonly NamedObject[],
  { units }: Inventory,
  stays: (instance: string) => boolean,
): ReadonlyMap<string, string> {
  const ownerOf = new Map(Object.values(units).map(({ service, instance }) => [service, instance]));
  return new Map(
    objects.flatMap(({ key, service }) => {
      const owner = ownerOf.get(service);
      return owner !== undefined && stays(owner) ? [[key, owner] as const] : [];
    }),
  );
}

/** What quadgate did not create: its name to its service, which is empty if there is none. */
function foreignObjects(
  objects: readonly NamedObject[],
  { units }: Inventory,
  { services }: RenderedState["generated"],
): ReadonlyMap<string, string> {
  const own = new Set(Object.values(units).map(({ service }) => service));
  const foreign = objects.filter(
    ({ service, marked }) => !marked && !own.has(service) && !services.has(service),
  );
  return new Map(foreign.map(({ key, service }) => [key, service]));
}

/** What containers mount now, and what the units mount whose text in git is the one last applied. */
function usedFolders(
  needs: readonly UnitNeeds[],
  { containers }: Pick<LiveState, "containers">,
  { units }: Inventory,
): ReadonlySet<string> {
  const mounted = containers.flatMap((container) =>
    listAt(container, "Mounts").map((mount) => textAt(mount, "Source")),
  );
  const applied = needs.filter(({ unit }) => units[unit.name]?.digest === unit.digest);
  return new Set([...mounted, ...applied.flatMap(({ mounts }) => mounts.map(({ path }) => path))]);
}
