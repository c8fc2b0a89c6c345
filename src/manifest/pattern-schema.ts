import * as z from "zod";
import { checkNotEmpty, INSTANCE_NAME } from "./formats.ts";
import { guideShape } from "./guide-schema.ts";
import { highAboveMax, MANIFEST_KEYS, manifestSchema } from "./manifest-schema.ts";
import { didYouMean, show } from "./message-parts.ts";
import { parameterSchema } from "./parameter-schema.ts";
import { checkReferences } from "./pattern-checks.ts";
import {
  defaultsSchema,
  metricsSchema,
  requirementsSchema,
  storageSchema,
  unitSchema,
} from "./pattern-parts.ts";
import { ruleSchema } from "./rule-schema.ts";
import { problemsOf, text } from "./shape.ts";

const prose = () => text("text", checkNotEmpty, { multiline: true });
const line = () => text("text", checkNotEmpty);

const requiredKey = line().check(
  problemsOf((key) => {
    const [root = ""] = key.split(".");
    if (MANIFEST_KEYS.includes(root)) return undefined;
    return { message: `is not a key of manifests: ${show(key)}`, hint: didYouMean(root, MANIFEST_KEYS) };
  }),
);

const instanceName = text("an instance's name", (name) =>
  INSTANCE_NAME.test(name) ? undefined : { message: `is not an instance's name: ${show(name)}` },
);

/** An example is an instance of its own pattern unless it says otherwise. */
const exampleManifest = z
  .strictObject({ ...manifestSchema.shape, pattern: manifestSchema.shape.pattern.optional() })
  .check(problemsOf(({ memory, memoryHigh }) => highAboveMax(memory, memoryHigh)));

const example = z.strictObject({
  name: instanceName,
  description: prose().default(""),
  manifest: exampleManifest,
  companions: z.array(z.strictObject({ name: instanceName, manifest: manifestSchema })).default([]),
});

/** A pattern's file. `name` is optional: it is the file's stem. */
export const patternSchema = z
  .strictObject({
    name: line().optional(),
    /** Resolved before the schema judges; see extend.ts. */
    extends: line().optional(),
    title: line(),
    description: prose(),
    parameters: z.record(z.string(), parameterSchema).default({}),
    defaults: defaultsSchema,
    required: z.array(requiredKey).default([]),
    units: z.array(unitSchema).min(1),
    storage: z.array(storageSchema).default([]),
    metrics: z.array(metricsSchema).default([]),
    requirements: requirementsSchema.prefault({}),
    rules: z.array(ruleSchema).default([]),
    ...guideShape,
    examples: z.array(example).default([]),
  })
  .check(problemsOf(checkReferences));
