import { QuadgateError } from "../model/errors.ts";
import type { ContainerEvent } from "../model/evidence.ts";
import type { Processes } from "../model/host.ts";
import { at, type Json, LABEL_SYSTEMD_UNIT, objectAt, textAt } from "../model/live.ts";

const TIMEOUT_MS = 30_000;

/**
 * The events of containers since a time (milliseconds since 1970), oldest first. Undefined if podman keeps
 * none (`events_logger="none"`) or cannot read them.
 */
export async function containerEvents(
  processes: Processes,
  sinceMs: number,
): Promise<readonly ContainerEvent[] | undefined> {
  // podman counts whole seconds.
  const since = String(Math.floor(sinceMs / 1_000));
  const args = [
    "events",
    "--stream=false",
    "--since",
    since,
    "--format",
    "json",
    "--filter",
    "type=container",
  ];
  try {
    const result = await processes.run("podman", args, { timeoutMs: TIMEOUT_MS });
    if (result.exitCode !== 0 || result.timedOut) return undefined;
    const events = result.stdout.split("\n").flatMap((line) => toEvent(parse(line)) ?? []);
    return events.filter(({ wallMs }) => wallMs >= sinceMs).sort((a, b) => a.wallMs - b.wallMs);
  } catch (error) {
    if (error instanceof QuadgateError && error.reason === "command-missing") return undefined;
    throw error;
  }
}

/** A line that is cut off is left out. */
function parse(line: string): Json {
  try {
    return JSON.parse(line || "null");
  } catch {
    return null;
  }
}

function toEvent(json: Json): ContainerEvent | undefined {
  const status = textAt(json, "Status");
  if (status === "") return undefined;
  const health = textAt(json, "HealthStatus") || textAt(json, "health_status");
  return {
    service: textAt(objectAt(json, "Attributes"), LABEL_SYSTEMD_UNIT),
    container: textAt(json, "Name"),
    status,
    ...(health === "" ? {} : { health }),
    wallMs: Math.round(Number(at(json, "timeNano") ?? 0) / 1e6),
  };
}
