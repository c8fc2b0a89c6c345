import { type LiveState, objectAt, serviceOf, textAt } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import type { Links } from "../quadlet/links.ts";
import { isRestarted, propagateRestarts } from "./propagated-restarts.ts";

/**
 * Adds what the changes drag along, and leaves networks as they are that containers are on which this plan leaves
 * alone (an instance that is left alone,, somebody else's): podman would refuse, and systemd would stop them with the network.
 */
export function propagateAroundUsed(
  changes: readonly Change[],
  bonds: Links,
  live: LiveState,
): readonly Change[] {
  const users = new Map<string, readonly string[]>();
  for (;;) {
    const propagated = propagateRestarts(
      changes.map((change) => keep(change, users.get(mainUnitOf(change.unit)))),
      bonds,
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
  const touched = new Set(changes.flatMap(({ action, service }) => (action === "none" ? [] : service)));
  return (
    live.containers
      .filter((container) => name in objectAt(container, "NetworkSettings", "Networks"))
      .filter((container) => !touched.has(serviceOf(container)))
      // What systemd does not stop with the unit goes on, where the network stays.
      .filter((container) => network.leaves === undefined || serviceOf(container) !== "")
      .map((container) => textAt(container, "Name"))
  );
}

function keep(change: Change, users: readonly string[] | undefined): Change {
  if (users === undefined || change.action === "none") return change;
  const message = `the network stays as it is: ${users.join(", ")} is on it and is left alone`;
  return { ...change, action: "none", reasons: [reason("network-in-use", message)], diff: [] };
}
