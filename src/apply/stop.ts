import { objectAt, serviceOf, textAt } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { unitKindOf } from "../model/unit.ts";
import { type ApplyInput, containersOf, networkName, work } from "./context.ts";

/**
 * Takes down what is to be deleted and what sits on a network that is to be made anew, last level first.
 * It has to happen while systemd still knows the units: once a source is gone, its ExecStop is forgotten.
 */
export async function stopServices(input: ApplyInput): Promise<void> {
  const changes = work(input.plan);
  const renewed = changes.filter((change) => isRenewedNetwork(input, change));
  const leaving = changes.filter((change) => change.action === "delete" || isDragged(change, renewed));
  const services = new Set([...leaving, ...renewed].flatMap((change) => change.service ?? []));
  for (const level of [...input.plan.levels].reverse()) {
    await Promise.all(
      level.filter((service) => services.has(service)).map((service) => stop(input, service)),
    );
  }
  const networks = changes.filter((change) => unitKindOf(change.unit) === "network");
  for (const change of networks) {
    if (change.action === "delete" || renewed.includes(change)) await removeNetwork(input, change, services);
  }
}

function isRenewedNetwork({ live }: ApplyInput, change: Change): boolean {
  if (unitKindOf(change.unit) !== "network" || change.action === "delete") return false;
  const begun = change.reasons.some(({ code }) => code === "interrupted");
  if (change.action === "create" && !begun) return false;
  const name = networkName(change.unit, live.files.get(change.unit)?.content);
  return live.networks.some((network) => textAt(network, "name") === name);
}

function isDragged(change: Change, renewed: readonly Change[]): boolean {
  return renewed.length > 0 && change.reasons.some(({ code }) => code === "dependency-restarted");
}

async function stop({ host, live }: ApplyInput, service: string): Promise<void> {
  const state = (await host.systemd.services([service])).get(service);
  if (state?.activeState !== "inactive" && state?.loadState === "loaded") await host.systemd.stop(service);
  // A unit that systemd has forgotten leaves its container behind.
  for (const name of containersOf(live, service)) await host.podman.removeContainer(name);
  await host.systemd.resetFailed(service);
}

/** A network that something else still uses stays: podman refuses, and so would its user. */
async function removeNetwork(input: ApplyInput, change: Change, stopped: ReadonlySet<string>): Promise<void> {
  const name = networkName(change.unit, input.live.files.get(change.unit)?.content);
  const inUse = input.live.containers.some(
    (container) =>
      !stopped.has(serviceOf(container)) && name in objectAt(container, "NetworkSettings", "Networks"),
  );
  if (inUse)
    input.emit({ type: "warning", message: `network ${name} is still in use by other containers and stays` });
  else await input.host.podman.removeNetwork(name);
}
