import { QuadgateError } from "../model/errors.ts";
import { type Json, objectAt, serviceOf, textAt } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { unitKindOf } from "../model/unit.ts";
import { type ApplyInput, work } from "./context.ts";
import { takeDown } from "./down.ts";

/**
 * Takes down the services to delete and those on a network that is deleted or recreated, last level first.
 * This happens while systemd still knows the units, because it forgets the ExecStop of a unit whose source is
 * gone. Returns the units that systemd could not stop, or whose network or containers podman could not
 * remove, and why.
 */
export async function stopServices(input: ApplyInput): Promise<ReadonlyMap<string, string>> {
  const changes = work(input.plan);
  const networks = changes.filter((change) => goesDown(input, change));
  const users = usersOf(input, new Set(networks.flatMap(({ network }) => network ?? [])));
  const leaving = changes.filter(
    (change) =>
      networks.includes(change) ||
      change.action === "delete" ||
      change.stops === true ||
      (change.service !== null && users.includes(change.service)),
  );
  const byService = new Map(leaving.map((change) => [change.service, change]));
  const stuck = new Map<string, string>();
  const takeDownOne = async (service: string, change: Change) => {
    const problem =
      whyItStays(input, change, leaving, stuck) ??
      (await takeDown(input, service, triggersGone(input, service)));
    if (problem !== undefined) stuck.set(change.unit, problem);
  };
  for (const level of [...input.plan.levels].reverse()) {
    await Promise.all(
      level.flatMap((service) => {
        const change = byService.get(service);
        return change === undefined ? [] : takeDownOne(service, change);
      }),
    );
  }
  for (const { unit, network } of networks) {
    const stays = network === undefined || stuck.has(unit);
    const problem = stays ? undefined : await removeNetwork(input, network);
    if (problem !== undefined) stuck.set(unit, problem);
  }
  return stuck;
}

/** The sockets, paths and timers of a service that are deleted as well. */
function triggersGone({ live, plan }: ApplyInput, service: string): readonly string[] {
  const deleted = new Set(work(plan).flatMap(({ action, unit }) => (action === "delete" ? [unit] : [])));
  return (live.services.get(service)?.triggeredBy ?? []).filter((name) => deleted.has(name));
}

/**
 * A network's service takes down the containers on the network, and quadgate would not start again a service
 * that has refused to stop.
 */
function whyItStays(
  input: ApplyInput,
  { network }: Change,
  changes: readonly Change[],
  stuck: ReadonlyMap<string, string>,
): string | undefined {
  if (network === undefined) return undefined;
  const users = usersOf(input, new Set([network]));
  const left = changes.find(
    ({ unit, service }) => service !== null && stuck.has(unit) && users.includes(service),
  );
  return left && `network ${network} stays: ${left.service} is on it and was not stopped`;
}

function usersOf({ live }: ApplyInput, networks: ReadonlySet<string>): readonly string[] {
  return live.containers.filter((container) => isOn(container, networks)).map(serviceOf);
}

/** Whether the change deletes a network, or recreates one that exists with an earlier definition. */
function goesDown(input: ApplyInput, change: Change): boolean {
  if (unitKindOf(change.unit) !== "network" || change.leaves !== undefined || change.reloadOnly) return false;
  if (change.action === "delete") return true;
  const begun = change.reasons.some(({ code }) => code === "interrupted");
  if (change.action === "create" && !begun) return false;
  if (change.action === "restart" && isForgotten(input, change)) return false;
  return input.live.networks.some((network) => textAt(network, "name") === change.network);
}

/**
 * Whether a unit is restarted only because systemd has not loaded it. Its network is then as it should be.
 */
function isForgotten({ live }: ApplyInput, { service, reasons }: Change): boolean {
  const loadState = live.services.get(service ?? "")?.loadState;
  return loadState === "not-found" && reasons.every(({ code }) => code === "not-reloaded");
}

function isOn(container: Json, networks: ReadonlySet<string>): boolean {
  return Object.keys(objectAt(container, "NetworkSettings", "Networks")).some((name) => networks.has(name));
}

/**
 * podman refuses if a container has joined the network in the meantime. What this sync stopped must be
 * started anyway, so this does not throw.
 */
async function removeNetwork({ host, emit }: ApplyInput, name: string): Promise<string | undefined> {
  try {
    await host.podman.removeNetwork(name);
    return undefined;
  } catch (error) {
    if (!(error instanceof QuadgateError)) throw error;
    const message = `network ${name} stays: ${error.message}`;
    emit({ type: "warning", message });
    return message;
  }
}
