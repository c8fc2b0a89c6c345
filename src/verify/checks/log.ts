import { inTime } from "../../lib/bounded-regexp.ts";
import { textAt } from "../../model/live.ts";
import {
  type CheckFinding,
  type CheckObservation,
  failed,
  lastLine,
  notChecked,
  type Of,
  passed,
} from "./looked.ts";

/** A container that has run for months may have written gigabytes. */
const LINES = 5_000;
/** Longer lines are cut before they are matched. */
const LINE_LENGTH = 4_000;
const SEARCH_MS = 5_000;

/** Searches what the container wrote since its start for a line that matches. */
export async function lookInLog(
  { match }: Of<"no-log">,
  { host, container }: CheckFinding,
): Promise<CheckObservation> {
  const name = textAt(container, "Name");
  const since = textAt(container, "State", "StartedAt");
  const driver = textAt(container, "HostConfig", "LogConfig", "Type");
  if (driver === "none" || driver === "passthrough" || driver === "passthrough-tty")
    return notChecked(`podman keeps no log of ${name} (log driver ${driver})`);
  const { exitCode, stdout, stderr } = await host.podman.log(name, since, LINES);
  if (exitCode !== 0) return notChecked(`the log of ${name} cannot be read: ${lastLine(stderr)}`);
  const expression = new RegExp(match);
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.slice(0, LINE_LENGTH));
  const found = inTime(() => lines.filter((line) => expression.test(line)), SEARCH_MS);
  if (found === undefined) return notChecked(`the log of ${name} cannot be searched for /${match}/ in time`);
  if (found.length === 0) return passed(`no such line in the log of ${name} since its start`);
  const count = found.length === 1 ? "a line" : `${found.length} lines`;
  const [first = ""] = found;
  return { ...failed(`${count} in the log of ${name} since its start`, lastLine(first)), final: true };
}
