import { type LiveState, objectAt, serviceOf, textAt } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import type { Links } from "../quadlet/links.ts";
import { isRestarted, propagateRestarts, type ReadersOf } from "./propagated-restarts.ts";

/**
 * Adds the restarts that the changes cause. Leaves a network as it is if a container uses it that this plan
 * leaves alone, because podman would refuse to remove it, and systemd would stop the container with the
 * network.
 */
export function propagateAroundUsed(
  changes: readonly Change[],
  bonds: Links,
  live: LiveState,
  readersOf?: ReadersOf,
): readonly Change[] {
  const users = new Map<string, readonly string[]>();
  for (;;) {
    const propagated = propagateRestarts(
      changes.map((change) => keep(change, users.get(mainUnitOf(change.unit)))),
      bonds,
      readersOf,
    );
    const known = users.size;
    for (const change of propagated.filter(takesNetworkDown)) {
      const names = usersLeftAlone(change, propagated, live);
      if (names.length > 0) users.set(change.unit, names);
    }
    if (users.size === known) return propagated;
  }
}

function takesNetworkDown(change: Change): boolean {
  return unitKindOf(change.unit) === "network" && (change.action === "delete" || isRestarted(change));
}

function usersLeftAlone(network: Change, changes: readonly Change[], live: LiveState): readonly string[] {
  const { network: name } = network;
  if (name === undefined) return [];
  const touched = new Set(
    changes.flatMap(({ action, service, loadOnly }) =>
      action === "none" || loadOnly === "job" ? [] : service,
    ),
  );
  return (
    live.containers
      .filter((container) => name in objectAt(container, "NetworkSettings", "Networks"))
      .filter((container) => !touched.has(serviceOf(container)))
      // If the network stays, only a container with a service is affected: systemd stops that with the unit.
      .filter((container) => network.leaves === undefined || serviceOf(container) !== "")
      .map((container) => textAt(container, "Name"))
  );
}

function keep(change: Change, users: readonly string[] | undefined): Change {
  if (users === undefined || change.action === "none") return change;
  const who =
    users.length > 1 ? "containers that are left alone use it" : "a container that is left alone uses it";
  const message = `the network stays as it is because ${who}: ${users.join(", ")}`;
  return { ...change, action: "none", reasons: [reason("network-in-use", message)], diff: [] };
}
