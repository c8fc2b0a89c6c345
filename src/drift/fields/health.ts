import { formatGoDuration, parseGoDuration } from "../../lib/go-duration.ts";
import { maskCommand } from "../../lib/mask-secrets.ts";
import { at, type Json, listAt, textAt } from "../../model/live.ts";
import { testOf, testText } from "../../quadlet/argv/health-test.ts";
import { type ImageIndex, shortId } from "../../quadlet/argv/image-names.ts";
import { cleanPath } from "../../quadlet/argv/mounts.ts";
import { lastOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** podman's defaults for a check that is declared, from `podman run --help`. */
const CHECK: Readonly<Record<string, string>> = {
  interval: "30s",
  timeout: "30s",
  startPeriod: "0s",
  retries: "3",
  onFailure: "none",
  logDestination: "local",
  logCount: "5",
  logSize: "500",
};

/** podman's defaults for a start-up check. */
const STARTUP: Readonly<Record<string, string>> = {
  startupInterval: "30s",
  startupTimeout: "30s",
  startupRetries: "0",
  startupSuccess: "0",
};

/** The flag of each part. */
const FLAGS: Readonly<Record<string, string>> = {
  interval: "health-interval",
  timeout: "health-timeout",
  startPeriod: "health-start-period",
  retries: "health-retries",
  onFailure: "health-on-failure",
  logDestination: "health-log-destination",
  logCount: "health-max-log-count",
  logSize: "health-max-log-size",
  startupInterval: "health-startup-interval",
  startupTimeout: "health-startup-timeout",
  startupRetries: "health-startup-retries",
  startupSuccess: "health-startup-success",
};

/** Parts that are a duration; a bare `0` is one too. The others are counts, words and folders. */
const DURATIONS: ReadonlySet<string> = new Set([
  "interval",
  "timeout",
  "startPeriod",
  "startupInterval",
  "startupTimeout",
]);

/**
 * The health check, with podman's defaults for what is not declared, so that `podman update --health-retries`
 * shows. If no command is declared, the check is the image's, and only its command is compared.
 */
export const health: FieldRow = {
  name: "health",
  flags: ["health-cmd", "health-startup-cmd", "no-healthcheck", ...Object.values(FLAGS)],
  declared: ({ call }) => {
    if (lastOf(call.flags, "no-healthcheck") === "true") return { command: "none" };
    const command = commandOf(call, "health-cmd");
    if (command === "none") return { command };
    const startup = commandOf(call, "health-startup-cmd");
    return flat({
      command,
      ...partsOf(call, CHECK, command !== undefined),
      startupCommand: startup,
      ...partsOf(call, STARTUP, startup !== undefined),
    });
  },
  container: (expected, container, { live }) => {
    const command = testText(listAt(container, "Config", "Healthcheck", "Test").map(String));
    if (expected.command === undefined) {
      const own = imageCheck(container, live.index.imageDetails);
      return own === undefined || own === command ? expected : { ...expected, command };
    }
    if (command === "none") return { ...expected, command };
    return flat({ ...expected, command, ...liveCheck(container), ...liveStartup(expected, container) });
  },
  text: (value, keys) => {
    const shown = keys.length > 0 ? keys : ["command"];
    const texts = shown
      .filter((key) => value[key] !== undefined)
      .map((key) => partText(key, value[key] ?? ""));
    return texts.join(", ") || "none";
  },
  shown: (key, text) => (isCommand(key) ? maskCommand(text) : text),
  changedBy: () => "podman update",
};

/** The check of the image that a container was made of; undefined if the image is not known. */
function imageCheck(container: Json, { all }: ImageIndex): string | undefined {
  const id = shortId(textAt(container, "Image"));
  const image = all.find((one) => shortId(textAt(one, "Id")) === id);
  return image === undefined ? undefined : testText(listAt(image, "HealthCheck", "Test").map(String));
}

function commandOf(call: PodmanCall, flag: string): string | undefined {
  const text = lastOf(call.flags, flag);
  return text === undefined || text === "" ? undefined : testOf(text);
}

function partsOf(
  call: PodmanCall,
  defaults: Readonly<Record<string, string>>,
  withDefaults: boolean,
): Readonly<Record<string, string | undefined>> {
  const parts = Object.entries(defaults).map(([part, standard]) => {
    const text = lastOf(call.flags, FLAGS[part] ?? "") || undefined;
    return [part, normal(part, text) ?? (withDefaults ? standard : undefined)] as const;
  });
  return Object.fromEntries(parts);
}

/** The value with one spelling for durations and folders; podman stores `disable` as 0. */
function normal(part: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.startsWith("/")) return cleanPath(text);
  if (!DURATIONS.has(part)) return text;
  const parsed = parseGoDuration(text === "disable" ? "0" : text);
  return parsed === undefined ? text : formatGoDuration(parsed);
}

function liveCheck(container: Json): Readonly<Record<string, string | undefined>> {
  const check = at(container, "Config", "Healthcheck");
  const config = (key: string) => at(container, "Config", key)?.toString();
  const shown = {
    interval: formatGoDuration(number(check, "Interval")),
    timeout: formatGoDuration(number(check, "Timeout")),
    startPeriod: formatGoDuration(number(check, "StartPeriod")),
    retries: String(number(check, "Retries")),
    onFailure: config("HealthcheckOnFailureAction") || CHECK.onFailure,
    logDestination: normal("logDestination", config("HealthLogDestination")),
    logCount: config("HealthcheckMaxLogCount"),
    logSize: config("HealthcheckMaxLogSize"),
  };
  // podman before 5.3 shows no log settings.
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}

function liveStartup(expected: Flat, container: Json): Readonly<Record<string, string | undefined>> {
  const check = at(container, "Config", "StartupHealthCheck");
  if (check === undefined || check === null) {
    return Object.fromEntries(["startupCommand", ...Object.keys(STARTUP)].map((part) => [part, undefined]));
  }
  if (expected.startupCommand === undefined) return {};
  return {
    startupCommand: testText(listAt(check, "Test").map(String)),
    startupInterval: formatGoDuration(number(check, "Interval")),
    startupTimeout: formatGoDuration(number(check, "Timeout")),
    startupRetries: String(number(check, "Retries")),
    startupSuccess: String(number(check, "Successes")),
  };
}

const isCommand = (key: string) => key === "command" || key === "startupCommand";

function partText(key: string, value: string): string {
  if (key === "command") return maskCommand(value);
  const name = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${name} ${isCommand(key) ? maskCommand(value) : value}`;
}

function number(check: Json | undefined, key: string): number {
  return Number(at(check, key) ?? 0);
}
