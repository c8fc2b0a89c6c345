import { QuadgateError } from "../model/errors.ts";
import { type Json, objectAt, serviceOf, textAt } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { unitKindOf } from "../model/unit.ts";
import { type ApplyInput, work } from "./context.ts";
import { removeLeftovers } from "./leftovers.ts";

/**
 * Takes down what is to be deleted and what sits on a network that goes or is to be made anew, last level first.
 * It has to happen while systemd still knows the units: once a source is gone, its ExecStop is forgotten. Gives the
 * units whose network or containers podman would not remove, and why.
 */
export async function stopServices(input: ApplyInput): Promise<ReadonlyMap<string, string>> {
  const changes = work(input.plan);
  const networks = changes.filter((change) => goesDown(input, change));
  const names = new Set(networks.flatMap(({ network }) => network ?? []));
  const users = input.live.containers.filter((container) => isOn(container, names)).map(serviceOf);
  const leaving = changes.filter(
    ({ action, service }) => action === "delete" || (service !== null && users.includes(service)),
  );
  const services = new Set([...leaving, ...networks].flatMap((change) => change.service ?? []));
  const stuck = new Map<string, string>();
  for (const level of [...input.plan.levels].reverse()) {
    await Promise.all(
      level
        .filter((service) => services.has(service))
        .map(async (service) => {
          const problem = await stop(input, service);
          const unit = changes.find((change) => change.service === service)?.unit;
          if (problem !== undefined && unit !== undefined) stuck.set(unit, problem);
        }),
    );
  }
  for (const { unit, network } of networks) {
    const problem = network === undefined ? undefined : await removeNetwork(input, network);
    if (problem !== undefined) stuck.set(unit, problem);
  }
  return stuck;
}

/** A network that is deleted, or of which there is one by an earlier definition. */
function goesDown(input: ApplyInput, change: Change): boolean {
  if (unitKindOf(change.unit) !== "network" || change.leaves !== undefined) return false;
  if (change.action === "delete") return true;
  const begun = change.reasons.some(({ code }) => code === "interrupted");
  if (change.action === "create" && !begun) return false;
  if (change.action === "restart" && isForgotten(input, change)) return false;
  return input.live.networks.some((network) => textAt(network, "name") === change.network);
}

/** Whether a unit is started again only because systemd does not have it: its network is as it should be. */
function isForgotten({ live }: ApplyInput, { service, reasons }: Change): boolean {
  const loadState = live.services.get(service ?? "")?.loadState;
  return loadState === "not-found" && reasons.every(({ code }) => code === "not-reloaded");
}

function isOn(container: Json, networks: ReadonlySet<string>): boolean {
  return Object.keys(objectAt(container, "NetworkSettings", "Networks")).some((name) => networks.has(name));
}

async function stop(input: ApplyInput, service: string): Promise<string | undefined> {
  const { host } = input;
  const state = (await host.systemd.services([service])).get(service);
  if (state?.activeState !== "inactive" && state?.loadState === "loaded") await host.systemd.stop(service);
  // A unit that systemd has forgotten leaves its container behind.
  const problem = await removeLeftovers(input, service);
  await host.systemd.resetFailed(service);
  return problem;
}

/** podman refuses when somebody has joined the network meanwhile; what was stopped must be started all the same. */
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
