import { EMPTY_INVENTORY, type Inventory, isBegun } from "../model/inventory.ts";
import type { Outcome, Plan } from "../model/plan.ts";
import { isImagePin, type Unit } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import type { RenderedState } from "../planning/desired.ts";
import { type DuePutBacks, duePutBacks } from "../planning/due-put-backs.ts";
import { inForceState } from "../planning/in-force-state.ts";
import { planHost } from "../planning/plan-host.ts";
import { notPutBack, unitsInForce } from "../planning/put-back-target.ts";
import { isInOrder, partsOf } from "../quadlet/jobs.ts";
import { bondsOf, type Links, neededBy } from "../quadlet/links.ts";
import { dependants } from "../quadlet/order.ts";
import { goesBackTo, markEnded, markPutBack } from "../state/index.ts";
import { restartedFor, withStarts } from "./begun-texts.ts";
import { nowOf } from "./in-force-facts.ts";
import { keepImages } from "./keep-images.ts";
import { isSyncWaiting } from "./lock.ts";
import { type PassResult, pass } from "./pass.ts";

export interface PutBackResult {
  readonly inventory: Inventory;
  /** Instances that have the texts again to which they were to go back. */
  readonly back: ReadonlySet<string>;
  /** Instances that are not back, and why. */
  readonly stuck: ReadonlyMap<string, string>;
  /** What was done to the units, the latest for each. */
  readonly outcomes: readonly Outcome[];
  /** What was planned for that. */
  readonly plans: readonly Plan[];
}

/**
 * Puts back the instances that are due, with those that must come along. Needs neither git nor the gate, and
 * nothing interrupts it: what it puts back does not run, or does not work. The caller holds the lock.
 */
export async function putBackDue(
  context: Context,
  before: Inventory,
  isWanted: (instance: string) => boolean = () => true,
): Promise<PutBackResult> {
  let inventory = before;
  const back = new Set<string>();
  const stuck = new Map<string, string>();
  const outcomes = new Map<string, Outcome>();
  const plans: Plan[] = [];
  const suspended = await context.state.readSuspensions(context.host.clock.now().getTime());
  const isDue = (name: string) =>
    isWanted(name) && !stuck.has(name) && !suspended.has(name) && !inventory.suspended.includes(name);
  for (;;) {
    const names = inventory.due.filter(isDue);
    if (names.length === 0) return { inventory, back, stuck, outcomes: [...outcomes.values()], plans };
    const round = await putBackOnce(context, inventory, names);
    inventory = round.inventory;
    for (const name of round.back) back.add(name);
    for (const [name, why] of round.stuck) {
      back.delete(name);
      stuck.set(name, why);
    }
    for (const outcome of round.outcomes) outcomes.set(outcome.unit, outcome);
    plans.push(...round.plans);
  }
}

async function putBackOnce(
  context: Context,
  before: Inventory,
  names: readonly string[],
): Promise<PutBackResult> {
  const previous = await unitsInForce(context, before);
  const target = await inForceState(context, before, previous);
  const { services } = target.generated;
  const waiting = await waitingFor(context, before, { names, target });
  if (waiting.size === names.length)
    return { inventory: before, back: new Set(), stuck: waiting, outcomes: [], plans: [] };
  const ready = names.filter((name) => !waiting.has(name));
  const first = await duePutBacks(context, before, ready);
  const known = withTakenAlong(context, before, { first, previous, needs: neededBy(services) });
  const along = known.due.filter((name) => !before.due.includes(name));
  const due = await duePutBacks(context, known, new Set([...ready, ...along]));
  const bound = await withoutOthers(context, known, boundTo(known, due.names, bondsOf(services)));
  if (due.before.some(({ name }) => isImagePin(name))) await keepImages(context, EMPTY_INVENTORY, known);
  const hostPlan = await planHost(context, target, known, {
    only: new Set([...due.names, ...bound]),
    attended: true,
    retry: false,
    putBack: due,
  });
  // With the lock: each sync begins with what is due, and would begin the same start anew.
  const alone = { ...context, held: undefined };
  const done = await pass({
    context: alone,
    hostPlan,
    inventory: known,
    previous,
    bystanders: new Set(bound),
  });
  const unfinished = notPutBack(hostPlan.plan, done, due);
  const { outcomes } = done;
  const after = concluded(context, done, { due, unfinished, plan: hostPlan.plan, needs: neededBy(services) });
  return { ...after, stuck: new Map([...waiting, ...after.stuck]), outcomes, plans: [hostPlan.plan] };
}

/** Leaves out what a sync has begun to change that is under way: it goes on with that itself. */
async function withoutOthers(
  { host }: Context,
  inventory: Inventory,
  names: readonly string[],
): Promise<readonly string[]> {
  const begun = names.filter((name) => isBegun(inventory, name));
  if (begun.length === 0 || !(await isSyncWaiting(host))) return names;
  return names.filter((name) => !begun.includes(name));
}

/**
 * Instances that would fail as they come back, because what made them fail is still down. They are put back
 * as soon as it is up.
 */
async function waitingFor(
  { host }: Context,
  inventory: Inventory,
  { names, target }: { readonly names: readonly string[]; readonly target: RenderedState },
): Promise<ReadonlyMap<string, string>> {
  const { services } = target.generated;
  const { failed, due } = inventory;
  const causes = new Map(
    names.flatMap((name) => {
      const because = failed[name]?.because;
      return because === undefined ? [] : [[name, because] as const];
    }),
  );
  if (causes.size === 0) return new Map();
  const states = await host.systemd.services(
    [...causes.values()].flatMap((one) => servicesOf(inventory, one)),
  );
  const partOf = partsOf({ services, units: target.units, live: { services: states } });
  const isDown = (service: string) =>
    !isInOrder(service, services.get(service)?.text, states.get(service), partOf);
  const waits = (name: string, seen: readonly string[] = []): boolean => {
    const because = causes.get(name);
    if (because === undefined || seen.includes(name)) return false;
    return due.includes(because)
      ? waits(because, [...seen, name])
      : servicesOf(inventory, because).some(isDown);
  };
  const why = (name: string) => `it is put back as soon as ${causes.get(name)} is up, which it needs`;
  return new Map(names.filter((name) => waits(name)).map((name) => [name, why(name)] as const));
}

/** Takes along the instances that are not good yet and that need a unit which goes or changes. */
function withTakenAlong(
  context: Context,
  before: Inventory,
  { first, previous, needs }: { first: DuePutBacks; previous: readonly Unit[]; needs: Links },
): Inventory {
  const changed = new Map(changedServices(before, { first, previous }));
  const now = nowOf(context);
  let inventory = before;
  for (let size = -1; size !== inventory.due.length; ) {
    size = inventory.due.length;
    for (const [instance, by] of needingOf(before, changed, needs)) {
      const isOpen = goesBackTo(inventory, instance) !== undefined && !inventory.due.includes(instance);
      if (by === instance || !isOpen) continue;
      const message = `it is put back with ${by}, which it needs`;
      inventory = markEnded(inventory, instance, { message, now, because: by });
      for (const service of servicesOf(before, instance)) changed.set(service, instance);
    }
  }
  return inventory;
}

/** Services whose units go or change with what goes back, with the instance that goes back. */
function changedServices(
  inventory: Inventory,
  { first, previous }: { first: DuePutBacks; previous: readonly Unit[] },
): readonly (readonly [service: string, instance: string])[] {
  const texts = new Map(first.before.map((unit) => [`${unit.instance} ${unit.name}`, unit.digest]));
  return previous.flatMap(({ instance, name, digest }) => {
    const service = inventory.units[name]?.service;
    const isSame = texts.get(`${instance} ${name}`) === digest;
    return first.names.has(instance) && service && !isSame ? [[service, instance] as const] : [];
  });
}

/** Instances that need one of these services, with the instance of that service. */
function needingOf(
  { units }: Inventory,
  changed: ReadonlyMap<string, string>,
  needs: Links,
): readonly (readonly [instance: string, by: string])[] {
  return Object.values(units).flatMap(({ service, instance }) => {
    const by = [...(needs.get(service ?? "") ?? [])].flatMap((one) => changed.get(one) ?? [])[0];
    return by === undefined ? [] : [[instance, by] as const];
  });
}

function servicesOf({ units }: Inventory, instance: string): readonly string[] {
  return Object.values(units).flatMap((one) => (one.instance === instance ? (one.service ?? []) : []));
}

/** Instances whose services systemd stops or restarts together with those of others. */
function boundTo({ units }: Inventory, names: ReadonlySet<string>, bonds: Links): readonly string[] {
  const owned = Object.values(units);
  const services = owned.flatMap(({ instance, service }) => (names.has(instance) ? (service ?? []) : []));
  const bound = dependants(services, bonds);
  return owned.flatMap(({ instance, service }) => (bound.has(service ?? "") ? [instance] : []));
}

interface PassOver {
  readonly due: DuePutBacks;
  readonly unfinished: ReadonlyMap<string, string>;
  readonly plan: Plan;
  /** Service to the services that it needs. */
  readonly needs: Links;
}

/** Notes what is back. A text that failed as it came back has ended; the one before it is due then. */
function concluded(
  context: Context,
  { inventory: before, failed, starts }: PassResult,
  { due, unfinished, plan, needs }: PassOver,
): Omit<PutBackResult, "outcomes" | "plans"> {
  const now = nowOf(context);
  const back = new Set<string>();
  const stuck = new Map(due.stuck);
  let inventory = before;
  for (const [name, to] of due.targets) {
    const why = unfinished.get(name);
    if (why !== undefined && !failed.has(name)) {
      stuck.set(name, why);
      continue;
    }
    const message = failed.get(name);
    const restarted = restartedFor(name, inventory, { changes: plan.changes, needs });
    const after = markPutBack(inventory, name, { to, now, restarted });
    const next = message === undefined ? after : markEnded(after, name, { message, now });
    // What has failed and is all that there is to go back to is tried again by the next sync.
    if (message === undefined || next.due.includes(name)) inventory = next;
    else stuck.set(name, why ?? message);
    if (message === undefined) back.add(name);
  }
  for (const [name, why] of failed) if (!due.targets.has(name)) stuck.set(name, why);
  return { inventory: withStarts(inventory, starts), back, stuck };
}
