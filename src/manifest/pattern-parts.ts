import * as z from "zod";
import { checkEnvironmentName, checkNotEmpty, INSTANCE_NAME } from "./formats.ts";
import { accessSchema, healthSchema, middlewareSchema, sizeSchema } from "./manifest-schema.ts";
import { show } from "./message-parts.ts";
import { modeSchema, secretSchema } from "./secret-schema.ts";
import { type Check, problemsOf, text, wholeNumber, written } from "./shape.ts";

/** The parts of a pattern's file that are rendered or checked on the host. */

const prose = () => text("text", checkNotEmpty, { multiline: true });
const line = () => text("text", checkNotEmpty);
/** Liquid may span lines; rendering judges its result. */
export const liquid = () => written("Liquid text", checkNotEmpty, { multiline: true });

function matching(expects: string, expression: RegExp) {
  return written(expects, (given) =>
    expression.test(given) ? undefined : { message: `is not ${expects}: ${show(given)}` },
  );
}

const nameOf = (check: Check) => z.string().check(problemsOf(check));

const weight = () => wholeNumber(1, 10_000).optional();

const limits = z.strictObject({
  cpuWeight: weight(),
  ioWeight: weight(),
  cpuQuota: matching("a share of processors such as 200%", /^\d+(\.\d+)?%$/).optional(),
  startTimeout: matching(
    "a time of systemd such as 15min",
    /^(?=\d)(\d+(ms|s|min|h)\s?)*(\d+\s?)?$/,
  ).optional(),
});

const secretUse = z
  .strictObject({ ...secretSchema.shape, name: liquid(), target: liquid().optional() })
  .check(
    problemsOf(({ type, mode }) =>
      mode === undefined || type === "mount"
        ? undefined
        : { message: "is only for secrets of type mount", path: ["mode"] },
    ),
  );

/** Images, ports, networks and volumes may be Liquid text, so only rendering shows their format. */
export const defaultsSchema = z.strictObject({
  image: liquid().optional(),
  port: written("a port, or Liquid text that gives one", checkNotEmpty, { multiline: true }).optional(),
  memory: sizeSchema,
  memoryHigh: sizeSchema.optional(),
  limits: limits.optional(),
  networks: z.array(liquid()).default([]),
  volumes: z.array(liquid()).default([]),
  devices: z.array(liquid()).optional(),
  publish: z.array(liquid()).optional(),
  environment: z.record(nameOf(checkEnvironmentName), liquid()).optional(),
  secrets: z.array(secretUse).optional(),
  command: z.array(liquid()).optional(),
  health: healthSchema.optional(),
  access: accessSchema.default("none"),
  middlewares: z.array(middlewareSchema).optional(),
});

const partialDefaults = z.strictObject({
  ...defaultsSchema.shape,
  memory: z.exactOptional(sizeSchema),
  networks: z.exactOptional(z.array(liquid())),
  volumes: z.exactOptional(z.array(liquid())),
  access: z.exactOptional(accessSchema),
});

/** The main unit's component is the empty name. */
export const componentSchema = text("a component's name", (name) =>
  name === "" || INSTANCE_NAME.test(name)
    ? undefined
    : { message: `is not a component's name: ${show(name)}` },
).default("");

export const unitSchema = z.strictObject({
  component: componentSchema,
  kind: z.enum(["container", "volume", "network", "pod", "socket"]),
  template: line(),
  when: liquid().optional(),
  defaults: partialDefaults.optional(),
  after: z.array(text("a component's name")).optional(),
});

export const storageSchema = z.strictObject({
  component: componentSchema,
  source: liquid(),
  target: liquid(),
  purpose: prose(),
  mode: modeSchema.default("0755"),
  owner: liquid().optional(),
  nocow: z.boolean().default(false),
  shared: z.boolean().default(false),
  relabel: z.boolean().default(true),
  readOnly: liquid().optional(),
  create: z.boolean().default(true),
  requireMount: liquid().optional(),
});

export const metricsSchema = z.strictObject({
  component: componentSchema,
  port: liquid(),
  path: liquid().default("/metrics"),
  interval: matching("a duration such as 15s", /^\d+(s|m)$/).default("15s"),
});

const sysctl = z.strictObject({
  name: matching("a kernel parameter's name", /^[a-z0-9_.-]+$/),
  min: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  max: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  why: prose(),
  optional: z.boolean().default(false),
});

export const requirementsSchema = z.strictObject({
  podman: matching("a version such as 5.3", /^\d+\.\d+(\.\d+)?$/).optional(),
  disk: sizeSchema.optional(),
  devices: z
    .array(z.strictObject({ path: liquid(), why: prose(), optional: z.boolean().default(false) }))
    .default([]),
  secrets: z.array(z.strictObject({ name: liquid(), purpose: prose() })).default([]),
  sysctls: z.array(sysctl).default([]),
});
