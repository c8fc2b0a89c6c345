import type { Change } from "../model/plan.ts";
import { unitKindOf } from "../model/unit.ts";
import { type ApplyInput, containersOf, networkInUse, networkName, work } from "./context.ts";

/**
 * Takes down what is to be deleted and what sits on a network that is to be made anew, last level first.
 * It has to happen while systemd still knows the units: once a source is gone, its ExecStop is forgotten.
 */
export async function stopServices(input: ApplyInput): Promise<void> {
  const changes = work(input.plan);
  const renewed = changes.filter((change) => isRenewedNetwork(input, change));
  const leaving = changes.filter((change) => change.action === "delete" || isDragged(change, renewed));
  const names = new Set([...leaving, ...renewed].flatMap((change) => change.service ?? []));
  for (const level of [...input.plan.levels].reverse()) {
    await Promise.all(level.filter((service) => names.has(service)).map((service) => stop(input, service)));
  }
  for (const change of changes.filter(({ unit }) => unitKindOf(unit) === "network")) {
    if (change.action === "delete" || renewed.includes(change)) await removeNetwork(input, change);
  }
}

function isRenewedNetwork({ live }: ApplyInput, change: Change): boolean {
  if (unitKindOf(change.unit) !== "network" || change.action === "delete" || change.action === "create")
    return false;
  const name = networkName(change.unit, live.files.get(change.unit)?.content);
  return live.networks.some((network) => (network as { name?: unknown } | null)?.name === name);
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
async function removeNetwork(input: ApplyInput, change: Change): Promise<void> {
  const name = networkName(change.unit, input.live.files.get(change.unit)?.content);
  const stopped = new Set(work(input.plan).flatMap((other) => other.service ?? []));
  const others = input.live.containers.filter((container) => {
    const services = [...stopped].flatMap((service) =>
      containersOf({ ...input.live, containers: [container] }, service),
    );
    return services.length === 0;
  });
  if (networkInUse({ ...input.live, containers: others }, name)) {
    input.emit({ type: "warning", message: `network ${name} is still in use by other containers and stays` });
    return;
  }
  await input.host.podman.removeNetwork(name);
}
