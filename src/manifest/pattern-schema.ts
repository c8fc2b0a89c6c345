import * as z from "zod";
import type { Parameter, Pattern, SecurityRule } from "../model/pattern.ts";
import { checkNotEmpty, INSTANCE_NAME } from "./formats.ts";
import {
  accessSchema,
  healthSchema,
  MANIFEST_KEYS,
  middlewareSchema,
  sizeSchema,
} from "./manifest-schema.ts";
import { problemsOf, text, written } from "./shape.ts";
import { checkValue, fromText, PARAMETER_TYPES } from "./values.ts";
import { didYouMean, nearHint, show } from "./words.ts";

const prose = () => text("text", checkNotEmpty, { multiline: true });
const line = () => text("text", checkNotEmpty);
/** Liquid may run over lines; what it renders to is judged by render. */
const liquid = () => text("Liquid text", checkNotEmpty, { multiline: true });

const parameter = z
  .strictObject({
    type: z.enum(PARAMETER_TYPES),
    description: prose(),
    values: z.array(written("text")).min(1).optional(),
    default: written("text, a number, true or false").optional(),
    required: z.boolean().default(false),
    example: written("text, a number, true or false").optional(),
  })
  .transform(
    (given): Parameter => ({
      ...given,
      default: fromText(given.type, given.default),
      example: fromText(given.type, given.example),
    }),
  )
  .check(problemsOf(checkParameter));

function checkParameter(parameter: Parameter) {
  if (parameter.type === "enum" && parameter.values === undefined) {
    return { message: "lists no values", path: ["values"] };
  }
  if (parameter.default === undefined) return undefined;
  const problem = checkValue(parameter, parameter.default);
  return problem && { ...problem, path: ["default"] };
}

/** Images, ports, networks and volumes may be Liquid text, so their format shows only once rendered. */
const defaults = z.strictObject({
  image: liquid().optional(),
  port: written("a port, or Liquid text that gives one", checkNotEmpty, { multiline: true }).optional(),
  memory: sizeSchema,
  memoryHigh: sizeSchema.optional(),
  networks: z.array(liquid()).default([]),
  volumes: z.array(liquid()).default([]),
  health: healthSchema.optional(),
  access: accessSchema.default("none"),
  middlewares: z.array(middlewareSchema).optional(),
});

const partialDefaults = z.strictObject({
  ...defaults.shape,
  memory: z.exactOptional(sizeSchema),
  networks: z.exactOptional(z.array(liquid())),
  volumes: z.exactOptional(z.array(liquid())),
  access: z.exactOptional(accessSchema),
});

const unit = z.strictObject({
  component: text("a component's name", (name) =>
    name === "" || INSTANCE_NAME.test(name)
      ? undefined
      : { message: `is not a component's name: ${show(name)}` },
  ).default(""),
  kind: z.enum(["container", "volume", "network", "pod"]),
  template: line(),
  when: liquid().optional(),
  defaults: partialDefaults.optional(),
  after: z.array(line()).optional(),
});

const RULE_SUBJECTS = {
  "no-published-ports": undefined,
  "require-middleware": "middleware",
  "forbid-middleware": "middleware",
  "forbid-network": "network",
  "no-route": undefined,
} as const satisfies Record<SecurityRule["rule"], "middleware" | "network" | undefined>;

const rule = z
  .strictObject({
    rule: z.enum(Object.keys(RULE_SUBJECTS) as SecurityRule["rule"][]),
    middleware: middlewareSchema.optional(),
    network: line().optional(),
    reason: prose(),
  })
  .check(
    problemsOf((given) => {
      const subject = RULE_SUBJECTS[given.rule];
      return subject === undefined || given[subject] !== undefined
        ? undefined
        : { message: `must name a ${subject}, as the rule is ${given.rule}` };
    }),
  )
  .transform(({ rule: name, reason, middleware = "", network = "" }): SecurityRule => {
    if (name === "forbid-network") return { rule: name, network, reason };
    if (name === "require-middleware" || name === "forbid-middleware")
      return { rule: name, middleware, reason };
    return { rule: name, reason };
  });

const requiredKey = line().check(
  problemsOf((key) => {
    const [root = ""] = key.split(".");
    if (MANIFEST_KEYS.includes(root)) return undefined;
    return { message: `is not a key of manifests: ${show(key)}`, hint: didYouMean(root, MANIFEST_KEYS) };
  }),
);

/** A pattern's file. Its `name` may be left out: it is the file's stem. */
export const patternSchema = z.strictObject({
  name: line().optional(),
  title: line(),
  description: prose(),
  useCases: z.array(prose()).default([]),
  parameters: z.record(z.string(), parameter).default({}),
  defaults,
  required: z.array(requiredKey).default([]),
  units: z.array(unit).min(1).check(problemsOf(checkUnits)),
  rules: z.array(rule).default([]),
  checklist: z.array(prose()).default([]),
});

function checkUnits(units: Pattern["units"]) {
  const names = units.map(({ component, kind }) => `${component}.${kind}`);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [{ message: "has the component and kind of an earlier unit", path: [index] }]
      : [],
  );
  const components = units.map(({ component }) => component);
  const unknown = units.flatMap(({ after = [] }, index) =>
    after.flatMap((component, position) =>
      components.includes(component)
        ? []
        : [
            {
              message: `is not a component of the pattern: ${show(component)}`,
              hint: nearHint(component, components),
              path: [index, "after", position],
            },
          ],
    ),
  );
  return [...twice, ...unknown];
}
