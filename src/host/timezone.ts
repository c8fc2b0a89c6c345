import { readlinkSync } from "node:fs";
import { isTimeZone } from "../lib/cron.ts";

/**
 * The IANA name of the host's own time zone. It comes from /etc/localtime (localtime(5)), because verdicts
 * must not depend on the TZ variable of a shell. If that is not a link to a zone's file, the zone of this
 * process counts, else UTC.
 */
export function hostTimezone(localtime = "/etc/localtime"): string {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [linkedZone(localtime), own].find((name) => name !== undefined && isTimeZone(name)) ?? "UTC";
}

function linkedZone(localtime: string): string | undefined {
  try {
    return /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readlinkSync(localtime))?.[1];
  } catch {
    return undefined;
  }
}
