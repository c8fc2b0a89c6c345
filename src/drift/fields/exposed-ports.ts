import { objectAt } from "../../model/live.ts";
import { setRow } from "../row-builders/parts-row.ts";

/** Ports that are announced, not published. */
export const exposed = setRow(
  "exposed",
  "expose",
  (value) => {
    const match = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(value);
    if (!match) return [value];
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    const count = Math.min(Math.max(to - from + 1, 1), 65_536);
    return Array.from(
      { length: count },
      (_, index) => `${from + index}/${(match[3] ?? "tcp").toLowerCase()}`,
    );
  },
  (container) => Object.keys(objectAt(container, "Config", "ExposedPorts")),
);
