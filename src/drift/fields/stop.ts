import { at } from "../../model/live.ts";
import { signalName } from "../../quadlet/argv/signal-names.ts";
import { lastValue, partsRow } from "../row-builders/parts-row.ts";

/**
 * How the container is asked to stop, and how long podman waits. The API of podman 4 shows the signal as a
 * number.
 */
export const stop = partsRow("stop", [
  {
    part: "signal",
    flag: "stop-signal",
    declared: lastValue(signalName),
    live: (container) => {
      const signal = at(container, "Config", "StopSignal");
      return signal === undefined || signal === null ? undefined : signalName(String(signal));
    },
  },
  {
    part: "timeout",
    flag: "stop-timeout",
    declared: lastValue(),
    live: (container) => at(container, "Config", "StopTimeout")?.toString(),
  },
]);
