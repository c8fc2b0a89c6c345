import { readlinkSync } from "node:fs";
import { isTimeZone } from "../lib/cron.ts";

/**
 * The host's own time zone, by its IANA name: that of /etc/localtime (localtime(5)), for what the gate says must not depend on
 * the TZ of a shell. Where that is no link to a zone's file: the one that this process has; UTC where it has none.
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
