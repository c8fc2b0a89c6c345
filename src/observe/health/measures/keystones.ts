import { QuadgateError } from "../../../model/errors.ts";
import type { ServiceState } from "../../../model/live.ts";
import { counted, type Look, type Measure, type MeasureResult, NOTHING } from "../measure.ts";

const UP = ["active", "reloading", "refreshing"];
/** The suffixes of unit names that systemd knows; systemd.unit(5). */
const KIND = /\.(service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/;

/** The services that the settings name as essential for the host. */
export const keystones: Measure = { name: "keystones", read };

async function read({ host, settings }: Look): Promise<MeasureResult> {
  const named = (settings.keystones ?? []).map((name) => (KIND.test(name) ? name : `${name}.service`));
  const names = [...new Set(named)];
  if (names.length === 0) return NOTHING;
  const states = await statesOf(host.systemd, names);
  const known = (name: string) => states.get(name)?.loadState !== "not-found";
  return {
    values: [
      counted(
        "keystones_down",
        names.filter((name) => known(name) && !isUp(states.get(name))),
      ),
      counted(
        "keystones_unknown",
        names.filter((name) => !known(name)),
      ),
    ],
  };
}

/** The states that systemd reports. A service without one counts as down. */
async function statesOf(
  systemd: Look["host"]["systemd"],
  names: readonly string[],
): Promise<ReadonlyMap<string, ServiceState>> {
  const orNothing = (error: unknown): ReadonlyMap<string, ServiceState> => {
    if (error instanceof QuadgateError && error.reason === "no-answer") throw error;
    return new Map();
  };
  const together = await systemd.services(names).catch(orNothing);
  if (together.size > 0) return together;
  const alone = await Promise.all(names.map((name) => systemd.services([name]).catch(orNothing)));
  return new Map(alone.flatMap((states) => [...states]));
}

/** A service that is starting is not down; one that waits for a restart is. */
function isUp(state: ServiceState | undefined): boolean {
  if (state === undefined) return false;
  const starting = state.activeState === "activating" && !state.subState.startsWith("auto-restart");
  return starting || UP.includes(state.activeState);
}
