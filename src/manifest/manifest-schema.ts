import * as z from "zod";
import { normaliseManifestSize, parseManifestSize } from "../lib/size.ts";
import { ACCESS_KINDS } from "../model/instance.ts";
import { checkNetwork, checkPublish, splitNetwork } from "./connections.ts";
import * as formats from "./formats.ts";
import { show } from "./message-parts.ts";
import * as mounts from "./mounts.ts";
import { policyShape } from "./policy-schema.ts";
import { quadletSchema } from "./quadlet-schema.ts";
import { modeSchema, secretSchema } from "./secret-schema.ts";
import { problemsOf, text, wholeNumber, written } from "./shape.ts";

const MULTILINE = { multiline: true };

export const sizeSchema = text("a size such as 512M or 4G", formats.checkSize).transform(
  normaliseManifestSize,
);

const nameOf = (check: Parameters<typeof text>[1] & {}) => z.string().check(problemsOf(check));
const scalar = () => written("text, a number, true or false", undefined, MULTILINE);

export const healthSchema = z.strictObject({
  cmd: text("a command", formats.checkNotEmpty, MULTILINE).optional(),
  interval: text("a duration such as 30s", formats.checkHealthInterval).optional(),
  timeout: text("a duration such as 30s", formats.checkHealthTimeout).optional(),
  startPeriod: text("a duration such as 30s", formats.checkDuration).optional(),
  retries: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
});

export const accessSchema = z.enum(ACCESS_KINDS);

export const middlewareSchema = text("a middleware's name such as authelia@file", (name) =>
  /^[^\s,`'"]+$/.test(name) ? undefined : { message: `is not a middleware's name: ${show(name)}` },
);

/** Reports each text that repeats an earlier one by `by`. */
function checkDiffer(by: (text: string) => string | undefined, what: string) {
  return (texts: readonly string[]) => {
    const marks = texts.map(by);
    return marks.flatMap((mark, index) =>
      mark !== undefined && marks.indexOf(mark) < index
        ? [{ message: `${what} ${show(mark)} again`, path: [index] }]
        : [],
    );
  };
}

const { dependsOn, hosts, ...policy } = policyShape;

/** The keys of a manifest. Objects are strict: an unknown key is an error. */
export const manifestSchema = z
  .strictObject({
    pattern: text("a pattern's name", formats.checkNotEmpty),
    image: text("an image reference", formats.checkImage).optional(),
    hostname: text("a host name", formats.checkHostname).optional(),
    port: wholeNumber(1, 65535).optional(),
    memory: sizeSchema.optional(),
    memoryHigh: sizeSchema.optional(),
    environment: z.record(nameOf(formats.checkEnvironmentName), scalar()).default({}),
    secrets: z.array(secretSchema).default([]),
    volumes: z
      .array(text("source:destination[:options]", mounts.checkVolume))
      .check(problemsOf(checkDiffer(mounts.destinationOf, "mounts something on")))
      .default([]),
    requireMount: z.array(text("a folder of the host", mounts.checkFolder)).default([]),
    networks: z
      .array(text("a network's name", checkNetwork))
      .check(problemsOf(checkDiffer((network) => splitNetwork(network).name, "names the network")))
      .optional(),
    devices: z.array(text("a device", mounts.checkDevice)).default([]),
    publish: z.array(written("a published port such as 8096:8096", checkPublish)).default([]),
    labels: z.record(nameOf(formats.checkLabelName), scalar()).default({}),
    command: z.array(scalar()).optional(),
    health: healthSchema.optional(),
    route: z
      .strictObject({ access: accessSchema.optional(), middlewares: z.array(middlewareSchema).optional() })
      .optional(),
    metrics: z
      .strictObject({
        enabled: z.boolean().default(true),
        port: wholeNumber(1, 65535).optional(),
        path: text("a path such as /metrics", formats.checkUrlPath).optional(),
        interval: text("a time such as 15s or 1m", formats.checkScrapeInterval).optional(),
      })
      .optional(),
    values: z.record(z.string(), z.unknown()).default({}),
    dependsOn,
    hosts,
    files: z
      .array(
        z.strictObject({
          from: text("a path in the repository", mounts.checkRepositoryPath),
          to: text("a path on the host", mounts.checkHostPath),
          mode: modeSchema.optional(),
        }),
      )
      .default([]),
    ...policy,
    quadlet: quadletSchema.prefault({}),
  })
  .check(problemsOf(({ memory, memoryHigh }) => highAboveMax(memory, memoryHigh)));

/** A soft limit above the hard one would never take effect. */
export function highAboveMax(memory: string | undefined, memoryHigh: string | undefined) {
  const [max, high] = [parseManifestSize(memory ?? ""), parseManifestSize(memoryHigh ?? "")];
  return max === undefined || high === undefined || high <= max
    ? undefined
    : { message: `must not be above memory (${memory})`, path: ["memoryHigh"] };
}

/** The keys of a manifest, in the order of the schema. */
export const MANIFEST_KEYS: readonly string[] = Object.keys(manifestSchema.shape);
