import * as z from "zod";
import { cronProblem, isTimeZone } from "../lib/cron.ts";
import { parseHumanDuration } from "../lib/human-duration.ts";
import { HEALTH_CODES } from "./health-checks.ts";
import { ON_DRIFT } from "./on-drift.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Text such as `60s`, `10m` or `1h30m` in, milliseconds out. */
function durationUpTo(mostMs: number, most: string) {
  return z.string().transform((text, context) => {
    const milliseconds = parseHumanDuration(text);
    if (milliseconds !== undefined && milliseconds >= 0 && milliseconds <= mostMs) return milliseconds;
    const message =
      milliseconds !== undefined && milliseconds > mostMs
        ? `too long: "${text}" (${most} at most)`
        : `not a duration: "${text}" (write 30s, 10m or 2h)`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** A duration that moments are compared by. A date ten years away can still be written down. */
export const durationSchema = durationUpTo(3_650 * DAY_MS, "3650d");

/** A duration that a timer waits: after 2^31 ms, somewhat more than 24 days, Node's timers fire at once. */
export const waitSchema = durationUpTo(24 * DAY_MS, "24d");

const HOUR_MS = 60 * 60_000;
/** How long a sync may wait for something that a repository may set. */
const shortWaitSchema = durationUpTo(HOUR_MS, "1h");
/** A first start may import a database. */
const startWaitSchema = durationUpTo(24 * HOUR_MS, "24h");
/** How long a text is watched after it has settled. systemd's journal has to go back that far. */
export const probationSchema = durationUpTo(7 * DAY_MS, "7d");

const duration = (text: string) => durationSchema.prefault(text);
const wait = (text: string) => waitSchema.prefault(text);
const score = z.int().min(0).max(100);
const path = z.string().min(1);
const override = z.strictObject({
  off: z.boolean().optional(),
  limit: z.number().min(0).optional(),
  weight: z.int().min(0).max(100).optional(),
});

const cron = (options: Parameters<typeof cronProblem>[1] = {}) =>
  z.string().check((context) => {
    const message = cronProblem(context.value, options);
    if (message !== undefined) context.issues.push({ code: "custom", message, input: context.value });
  });

/** A recurring span of time: it begins whenever the cron expression says so. */
const windowSchema = z.strictObject({
  /** Five fields: minute, hour, day, month, weekday. */
  cron: cron(),
  for: durationSchema.refine((length) => length > 0, { message: "must be longer than 0s" }),
  /** An IANA name such as Europe/Oslo; absent: the host's own. */
  timezone: z
    .string()
    .refine(isTimeZone, { message: "not a time zone (write a name such as Europe/Oslo or UTC)" })
    .optional(),
});

/** When changes are allowed: inside an allow window, if there are any; never inside a freeze window. */
export const windowsSchema = z.strictObject({
  allow: z.array(windowSchema).optional(),
  freeze: z.array(windowSchema).optional(),
});

/** `for` in milliseconds. */
export type Window = z.output<typeof windowSchema>;
export type Windows = z.output<typeof windowsSchema>;

/**
 * Settings, by dotted path, that only the host may set: a repository must not choose its commands, paths or
 * secrets.
 */
export const HOST_ONLY_SETTINGS = [
  "repository",
  "branch",
  "path",
  "host",
  "unitDir",
  "systemdDir",
  "stateDir",
  "health",
  "daemon",
  "pull",
  "traefik.dynamicDir",
  "prometheus.targetsDir",
  "docsDir",
] as const;

/**
 * What systemd.unit(5) allows in a unit's name, including a template with its instance; systemctl reads `*`,
 * `?` and `[` as wildcards.
 */
const UNIT_NAME = /^[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_\\-][A-Za-z0-9:_.\\@-]*)?$/;
const unitName = z
  .string()
  .min(1)
  .refine((name) => UNIT_NAME.test(name), {
    message: "not the name of a single unit (write a name such as traefik or worker@1, without wildcards)",
  });

/** A file that differs from git's is put back whatever anyone ignores. */
const driftPath = z
  .string()
  .min(1)
  .refine((path) => !/^unit(\.|$)/.test(path), {
    message: "cannot name `unit`: a file that differs from git's is put back",
  });

/** All settings, with their defaults. Durations are milliseconds once parsed. */
export const settingsSchema = z.strictObject({
  repository: z.string().min(1).optional(),
  branch: z.string().min(1).default("main"),
  path: z.string().default("."),
  host: z.string().min(1).optional(),
  unitDir: z.string().min(1).optional(),
  systemdDir: z.string().min(1).optional(),
  stateDir: z.string().min(1).optional(),
  health: z
    .strictObject({
      provider: z.enum(["auto", "builtin", "command"]).default("auto"),
      command: z.array(z.string().min(1)).min(1).optional(),
      reportDir: z.string().min(1).optional(),
      timeout: wait("60s"),
      maxAge: duration("10m"),
      /** Services that this host cannot work without. */
      keystones: z.array(unitName).optional(),
      /** Files with certificates, in PEM or as Traefik keeps them. */
      certificates: z.array(path).optional(),
      /** Folders that backups go to; without `maxAge`, the limit of the table counts. */
      backups: z.array(z.strictObject({ path, maxAge: durationSchema.optional() })).optional(),
      selinux: z.enum(["auto", "enforcing", "off"]).default("auto"),
      /** By code of the built-in checks. */
      checks: z.partialRecord(z.enum(HEALTH_CODES), override).optional(),
    })
    .prefault({}),
  gate: z
    .strictObject({
      block: score.default(70),
      confirm: score.default(85),
      onConfirm: z.enum(["hold", "proceed"]).default("hold"),
      onHighRisk: z.enum(["hold", "proceed"]).default("hold"),
      restore: z.enum(["allow", "deny"]).default("allow"),
      /** How long an approval is valid. */
      approvalFor: duration("1h"),
      /**
       * The number of looks at the host's health before a sync gives up, and the time between two of them.
       */
      retry: z
        .strictObject({ attempts: z.int().min(1).max(20).default(1), wait: shortWaitSchema.prefault("20s") })
        .prefault({}),
      windows: windowsSchema.prefault({}),
    })
    .refine((gate) => gate.block <= gate.confirm, { message: "gate.block must not be above gate.confirm" })
    .prefault({}),
  /** What counts for every instance that does not say it itself. */
  defaults: z
    .strictObject({
      onDrift: z.enum(ON_DRIFT).optional(),
      ignoreDrift: z.array(driftPath).optional(),
      gate: z
        .strictObject({
          block: score.optional(),
          confirm: score.optional(),
          windows: windowsSchema.optional(),
        })
        .refine(({ block = 0, confirm = 100 }) => block <= confirm, {
          message: "block must not be above confirm",
        })
        .optional(),
      probation: probationSchema.optional(),
    })
    .prefault({}),
  /**
   * The brake on `onDrift: heal`: after this many heals of an instance within this time, quadgate only
   * reports its drift.
   */
  heal: z.strictObject({ limit: z.int().min(0).max(1000).default(3), within: duration("1h") }).prefault({}),
  /** How long the pull or the build of one image may take, with all attempts. */
  pull: z.strictObject({ timeout: startWaitSchema.prefault("30m") }).prefault({}),
  prune: z
    .strictObject({ enabled: z.boolean().default(true), maxFraction: z.number().min(0).max(1).default(0.5) })
    .prefault({}),
  traefik: z
    .strictObject({
      mode: z.enum(["file", "labels", "off"]).default("file"),
      dynamicDir: z.string().min(1).default("~/containers/config/traefik/dynamic"),
    })
    .prefault({}),
  prometheus: z
    .strictObject({
      mode: z.enum(["file", "off"]).default("file"),
      targetsDir: z.string().min(1).default("~/containers/config/prometheus/targets"),
    })
    .prefault({}),
  /** Folder for service guides and the deployment journal; without it none are written. */
  docsDir: z.string().min(1).optional(),
  verify: z
    .strictObject({
      timeout: startWaitSchema.prefault("120s"),
      /** A text in which nothing ends for so long after a good start has settled: it is "verified". */
      stable: shortWaitSchema.prefault("10s"),
      /** A settled text is put back if something ends within so long. */
      probation: probationSchema.prefault("10m"),
    })
    .prefault({}),
  daemon: z
    .strictObject({
      /** Cron expression; six fields allow seconds. */
      poll: cron({ seconds: true }).default("*/5 * * * *"),
      listen: z.string().min(1).default("127.0.0.1:9797"),
      /** File with the webhook secret, mode 0600; without it the HTTP endpoint is off. */
      webhookSecretFile: z.string().min(1).optional(),
    })
    .prefault({}),
});

/** As merged from flags, environment, files and defaults. */
export type Settings = z.output<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

/** A settings document as a layer gives it: any part may be missing. */
export type SettingsLayer = { readonly [key: string]: unknown };

/** Lays settings over each other, the strongest last. Objects merge key by key, everything else replaces. */
export function layered(layers: readonly SettingsLayer[]): SettingsLayer {
  return layers.reduce(mergeLayer, {});
}

/**
 * Lays settings over each other and fills in the defaults. Throws a ZodError if the result is not valid:
 * layers that are each valid may contradict each other.
 */
export function mergeSettings(layers: readonly SettingsLayer[]): Settings {
  return settingsSchema.parse(layered(layers));
}

function mergeLayer(under: SettingsLayer, over: SettingsLayer): SettingsLayer {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const present = merged[key];
    merged[key] = isLayer(present) && isLayer(value) ? mergeLayer(present, value) : value;
  }
  return merged;
}

function isLayer(value: unknown): value is SettingsLayer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
