import type { ServiceState } from "../../../model/live.ts";
import { counted, type Look, type Measure, type Measured, NOTHING } from "../measure.ts";

const UP = ["active", "reloading", "refreshing"];
/** The ends of unit names that systemd knows; systemd.unit(5). */
const KIND = /\.(service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/;

/** Services that the settings name, without which the host is not well. */
export const keystones: Measure = { name: "keystones", read };

async function read({ host, settings }: Look): Promise<Measured> {
  const names = (settings.keystones ?? []).map((name) => (KIND.test(name) ? name : `${name}.service`));
  if (names.length === 0) return NOTHING;
  const states = await host.systemd.services(names);
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

/** One that is only now starting is not down; one that waits to be started again is. */
function isUp(state: ServiceState | undefined): boolean {
  if (state === undefined) return false;
  const starting = state.activeState === "activating" && !state.subState.startsWith("auto-restart");
  return starting || UP.includes(state.activeState);
}
