import type { DriftReport, UnitDrift } from "../model/drift.ts";
import type { DriftPolicy } from "../model/drift-policy.ts";
import type { Folder } from "../model/host-requirements.ts";
import { NETWORKS_INSTANCE } from "../model/instance.ts";
import { planDigest } from "../model/intent.ts";
import type { Inventory, InventoryUnit } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import type { LiveState } from "../model/live.ts";
import type { Action, Change, Plan, Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { isImagePin, templateServiceOf, type Unit } from "../model/unit.ts";
import { readersOf } from "../quadlet/beside.ts";
import type { NeedFacts } from "../quadlet/facts.ts";
import type { Generated, ServiceTexts } from "../quadlet/generated.ts";
import { partsOf } from "../quadlet/jobs.ts";
import { bondsOf, stopLinksOf } from "../quadlet/links.ts";
import { addressesFirst, dependencies, levels } from "../quadlet/order.ts";
import { changeFor, deletions } from "./changes.ts";
import { withNetworks } from "./found-networks.ts";
import { type Hooks, withHooks } from "./hooks.ts";
import { propagateAroundUsed } from "./in-use.ts";
import { jobsUnderWay, keepJobs } from "./jobs-under-way.ts";
import { keepRunning, keptServices } from "./kept-running.ts";
import { isAsked } from "./left-alone.ts";
import { asLoaded, loadedParts } from "./load-only.ts";
import { withoutReloadOnly } from "./reload-only.ts";
import { withSideEffects } from "./side-effects.ts";
import { isMasked, maskedReason } from "./unmet-needs.ts";

export interface PlanInput {
  readonly facts: NeedFacts;
  readonly revision: string | null;
  readonly host: string;
  /** The units of the effective desired state, with the output of podman's generator. */
  readonly units: readonly Unit[];
  readonly generated: Generated;
  /** What git asks for; absent: the effective desired state. */
  readonly git?: { readonly units: readonly Unit[]; readonly generated: Generated };
  readonly live: LiveState;
  /** The services that systemd has loaded from the generator. */
  readonly loaded: ServiceTexts;
  readonly inventory: Inventory;
  readonly drift: DriftReport<unknown>;
  /** Instances that stay as they are, and why. */
  readonly leftAlone: ReadonlyMap<string, Reason>;
  /** Units that are kept while their instances go ahead, with their rows; absent: none. */
  readonly kept?: ReadonlyMap<string, Change>;
  /** Instances left alone whose limits and windows cannot be read; absent: none. */
  readonly unread?: ReadonlySet<string>;
  /** Only these instances, and the networks that they may need, are changed; absent: all. */
  readonly only?: ReadonlySet<string>;
  /** Whether units that git no longer has are deleted. */
  readonly prune: boolean;
  /** Instances that are put back. What their first deployment created goes, whatever `prune` says. */
  readonly putBack?: ReadonlySet<string> | undefined;
  /** What to do about live drift of an instance. */
  readonly driftPolicyOf: (instance: string) => DriftPolicy;
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
  /** Folders to create; absent: none. */
  readonly folders?: readonly Folder[];
  /** Commands that run before updates; absent: none. */
  readonly hooks?: Hooks;
}

/** Compares what is desired with what is on the host. Deterministic: equal input gives an equal digest. */
export function makePlan(input: PlanInput): Plan {
  const mayChange = (instance: string) => !input.leftAlone.has(instance) && isAsked(input.only, instance);
  const rows = rowsOf(input, mayChange);
  const inGit = new Set(gitOf(input).units.map((unit) => unit.name));
  const names = new Set([...inGit, ...input.units.map((unit) => unit.name)]);
  const gone = deletions(input.inventory, names, prunable(input, mayChange), input.live).filter(
    ({ unit }) => !keptRows(input).has(unit),
  );
  const suspended = keptWhileSuspended(input, inGit);
  const wantedNames = new Set(rows.wanted.map(({ unit }) => unit));
  const everything = withLoaded(input, wantedNames);
  const links = stopLinksOf(everything);
  const owned = Object.entries(input.inventory.units).filter(([name]) => !wantedNames.has(name));
  const owners = [...rows.left, ...owned.map(([, unit]) => unit)];
  const jobs = jobsUnderWay(
    [...rows.wanted, ...rows.left, ...ownedUnits(input)],
    input.live,
    loadedParts(input),
  );
  const kept = keptServices(owners, input.leftAlone, input.unread ?? new Set());
  const protectedServices = new Map([...jobs, ...kept]);
  const needed = withoutReloadOnly([...rows.wanted, ...gone]);
  const changing = withNetworks(keepJobs(needed, jobs), input);
  const safe = keepRunning(changing, protectedServices, links, input.live);
  const readers = readersOf(input.units, input.facts.unitDir);
  const propagated = propagateAroundUsed(safe, bondsOf(input.generated.services), input.live, readers);
  const others = servicesLeftAlone(input.inventory, propagated);
  const { changes, instances } = withSideEffects(propagated, others, links, input.live);
  return assemble(input, everything, [...changes, ...rows.left, ...suspended], instances);
}

interface Rows {
  /** Changes of the units that go ahead. */
  readonly wanted: readonly Change[];
  /** Units that stay as they are, and why. */
  readonly left: readonly Change[];
  readonly drift: ReadonlyMap<string, UnitDrift<unknown>>;
}

/** Rows of all units that git asks for, and of those that it dropped and that something left alone needs. */
function rowsOf(input: PlanInput, mayChange: (instance: string) => boolean): Rows {
  const git = gitOf(input);
  const services = new Map([...servicesByUnit(git.generated), ...servicesByUnit(input.generated)]);
  const serviceOf = ({ name }: Unit) => services.get(name) ?? null;
  // A shared network that is masked is left alone by itself.
  const masked = (unit: Unit) => {
    const service = serviceOf(unit);
    return service !== null && isMasked(input.live, service) ? maskedReason(service) : undefined;
  };
  const kept = keptRows(input);
  const inGit = new Set(git.units.map(({ name }) => name));
  const staysFor = (unit: Unit) =>
    input.leftAlone.get(unit.instance) ?? (isAsked(input.only, unit.instance) ? masked(unit) : undefined);
  const goesAhead = (unit: Unit) =>
    mayChange(unit.instance) && !kept.has(unit.name) && masked(unit) === undefined;
  const left = git.units
    .filter((unit) => !goesAhead(unit) && !kept.has(unit.name))
    .map((unit) => leaveAlone(unit, serviceOf(unit), staysFor(unit)));
  const needed = input.units
    .filter((unit) => goesAhead(unit) && !inGit.has(unit.name))
    .map((unit) => ({ ...leaveAlone(unit, serviceOf(unit), reason("needed-by-left-alone")), digest: null }));
  const drift = driftByUnit(input.drift);
  const wanted = input.units
    .filter((unit) => goesAhead(unit) && inGit.has(unit.name))
    .map((unit) =>
      changeFor({
        unit,
        service: serviceOf(unit),
        owned: input.inventory.units[unit.name],
        live: input.live,
        drift: drift.get(unit.name),
        isWatched: isWatched(input.inventory, unit.instance),
        driftPolicy: input.driftPolicyOf(unit.instance),
        links: input.generated.byUnit.get(unit.name)?.plain?.links,
        folders: (input.folders ?? []).filter(({ units }) => units.includes(unit.name)),
      }),
    )
    .map(loading(input));
  return { wanted, left: [...left, ...needed, ...kept.values()], drift };
}

/** Turns changes of jobs, and of what waits for a socket or path, into those that only load the service. */
function loading(input: PlanInput): (change: Change) => Change {
  const { generated, units, inventory, live } = input;
  const wanted = new Set(units.map(({ name }) => name));
  const removed = Object.keys(inventory.units).filter((name) => !wanted.has(name));
  const partOf = partsOf({ services: generated.services, units, removed, live });
  const before = loadedParts(input);
  return (change) =>
    change.service === null ? change : asLoaded(change, partOf(change.service), input, before);
}

function ownedUnits({ inventory }: PlanInput): readonly (InventoryUnit & { readonly unit: string })[] {
  return Object.entries(inventory.units).map(([unit, owned]) => ({ unit, ...owned }));
}

/** Leaves out templates, which cannot be started: their instances are restarted with the file. */
function servicesByUnit({ services }: Generated): readonly (readonly [unit: string, service: string])[] {
  return [...services.values()]
    .filter(({ unit }) => templateServiceOf(unit) === undefined)
    .map(({ unit, service }) => [unit, service] as const);
}

function gitOf({ git, units, generated }: PlanInput): Pick<PlanInput, "units" | "generated"> {
  return git ?? { units, generated };
}

function keptRows({ kept }: PlanInput): ReadonlyMap<string, Change> {
  return kept ?? new Map();
}

/** Services of the inventory that no change concerns, to their instances. */
function servicesLeftAlone({ units }: Inventory, changes: readonly Change[]): ReadonlyMap<string, string> {
  const about = new Set(changes.flatMap(({ action, service }) => (action === "none" ? [] : (service ?? []))));
  const owned = Object.values(units).flatMap(({ service, instance }) =>
    service === null || about.has(service) ? [] : [[service, instance] as const],
  );
  return new Map(owned);
}

/** Units that would be deleted if they were not suspended or orphaned. The plan says that they stay. */
function keptWhileSuspended(
  { inventory, live, leftAlone }: PlanInput,
  desired: ReadonlySet<string>,
): readonly Change[] {
  return deletions(inventory, desired, (instance) => leftAlone.has(instance), live)
    .map((change) => ({
      ...change,
      action: "none" as const,
      reasons: [leftAlone.get(change.instance) ?? reason("instance-suspended")],
    }))
    .filter(isSuspended);
}

function isSuspended({ reasons }: Change): boolean {
  return reasons.some(({ code }) => code === "instance-suspended" || code === "orphaned");
}

/** Only a sync of everything prunes shared networks, because other instances may need them. */
function prunable(
  input: PlanInput,
  mayChange: (instance: string) => boolean,
): (instance: string, owned: InventoryUnit, unit: string) => boolean {
  const everything = input.only === undefined && input.leftAlone.size === 0;
  const isPutBack = (instance: string) => input.putBack?.has(instance) === true;
  // A network that never came into force is needed by nobody.
  const isFree = (instance: string, { digest }: InventoryUnit) =>
    everything || instance !== NETWORKS_INSTANCE || digest === null || isPutBack(instance);
  // Git never has a pin: it goes with the text that it was made for.
  const mayPrune = (instance: string, unit: string) => input.prune || isImagePin(unit) || isPutBack(instance);
  return (instance, owned, unit) =>
    mayPrune(instance, unit) && mayChange(instance) && isFree(instance, owned);
}

function leaveAlone(unit: Unit, service: string | null, why: Reason | undefined): Change {
  const reasons = why === undefined ? [] : [why];
  return {
    instance: unit.instance,
    unit: unit.name,
    service,
    action: "none",
    reasons,
    diff: [],
    digest: unit.digest,
  };
}

/** Joins the drift of a template and of its instances, because one change repairs them all. */
function driftByUnit(report: DriftReport<unknown>): ReadonlyMap<string, UnitDrift<unknown>> {
  const drifts = new Map<string, UnitDrift<unknown>>();
  for (const unit of report.instances.flatMap((instance) => instance.units)) {
    const known = drifts.get(unit.unit);
    drifts.set(
      unit.unit,
      known === undefined ? unit : { ...known, fields: [...known.fields, ...unit.fields] },
    );
  }
  return drifts;
}

function assemble(
  input: PlanInput,
  everything: ServiceTexts,
  changes: readonly Change[],
  sideEffects: ReadonlySet<string>,
): Plan {
  const starting = changes.flatMap(({ action, service }) => (action === "none" ? [] : (service ?? [])));
  const order = levels(
    changes.flatMap((change) => change.service ?? []),
    addressesFirst(dependencies(withGit(everything, input)), starting, input.generated),
  );
  const rank = new Map(order.flatMap((level, index) => level.map((service) => [service, index] as const)));
  const position = (change: Change) => (change.service === null ? -1 : (rank.get(change.service) ?? 0));
  const sorted = [...changes].sort((a, b) => position(a) - position(b) || compare(a.unit, b.unit));
  const bound = withHooks(sorted, input.hooks ?? new Map(), new Set(input.inventory.due));
  return {
    revision: input.revision,
    host: input.host,
    digest: planDigest(input.host, bound),
    changes: bound,
    summary: summarise(bound),
    levels: order,
    leftAlone: input.leftAlone,
    sideEffects,
    issues: input.issues,
    warnings: input.warnings,
  };
}

/**
 * A unit to delete is no longer generated, and a unit that is left alone stays as it is, whatever git says
 * now. What these wait for and are bound to is in the text that systemd has loaded.
 */
function withLoaded({ generated, loaded }: PlanInput, wanted: ReadonlySet<string>): ServiceTexts {
  const desired = [...generated.services].filter(
    ([service, { unit }]) => wanted.has(unit) || !loaded.has(service),
  );
  return new Map([...loaded, ...desired]);
}

/** Puts the rows of what is left alone where their texts in git would put them. */
function withGit(everything: ServiceTexts, input: PlanInput): ServiceTexts {
  return new Map([...gitOf(input).generated.services, ...everything]);
}

/** Code point order, whatever the locale of the machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function summarise(changes: readonly Change[]): Readonly<Record<Action, number>> {
  const summary = { create: 0, update: 0, restart: 0, delete: 0, none: 0 };
  for (const change of changes) summary[change.action] += 1;
  return summary;
}

/** A text that has ended is put back, and not watched any more. */
function isWatched({ texts, due }: Inventory, instance: string): boolean {
  return texts[instance]?.state === "fresh" && !due.includes(instance);
}
