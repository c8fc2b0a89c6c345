import { LIMIT_SETTINGS } from "../../quadlet/limit-settings.ts";
import { type LimitRow, limitRow } from "../row-builders/limit-row.ts";
import { numberText, positive, unlessInfinite, zeroIsNone } from "../row-builders/limit-values.ts";

const TASKS: LimitRow = {
  name: "tasks",
  unit: [
    {
      part: "max",
      setting: LIMIT_SETTINGS.tasks.max,
      parse: (text) => unlessInfinite(text) ?? "unlimited",
      live: (service) => numberText(service.tasksMax) ?? "unlimited",
      hasDefault: true,
    },
  ],
  container: [
    {
      part: "container",
      flag: "pids-limit",
      parse: (text) => (text === "-1" ? undefined : zeroIsNone(text)),
      path: ["PidsLimit"],
      format: positive,
      hasDefault: true,
    },
  ],
};

/** The maximum number of processes and threads. */
export const tasks = limitRow(TASKS);
