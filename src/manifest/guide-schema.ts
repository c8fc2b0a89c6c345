import * as z from "zod";
import { PATTERN_GROUPS, type ValidationCheck } from "../model/pattern-guide.ts";
import { checkImage, checkNotEmpty } from "./formats.ts";
import { sizeSchema } from "./manifest-schema.ts";
import { checkExpression } from "./parameter-schema.ts";
import { componentSchema, liquid } from "./pattern-parts.ts";
import { expectations, problemsOf, text, wholeNumber } from "./shape.ts";

/** The parts of a pattern's file that tell people how to use it, and what to look at afterwards. */

const prose = () => text("text", checkNotEmpty, { multiline: true });
const line = () => text("text", checkNotEmpty);

type Field = "run" | "port" | "path" | "match";

/** The fields that each kind of check needs; it takes no others. */
const CHECK_FIELDS = {
  manual: [],
  command: ["run"],
  tcp: ["port"],
  http: ["port", "path"],
  route: ["path"],
  "no-log": ["match"],
} as const satisfies Record<ValidationCheck["check"], readonly Field[]>;

const check = z
  .strictObject({
    check: z.enum(Object.keys(CHECK_FIELDS) as ValidationCheck["check"][]),
    description: prose(),
    component: componentSchema,
    run: z
      .union([liquid(), z.array(liquid()).min(1)])
      .register(expectations, { expects: "a command of the container's sh, or a list of its words" })
      .optional(),
    expect: text("a regular expression", checkExpression).optional(),
    port: liquid().optional(),
    path: liquid().optional(),
    status: z.array(wholeNumber(100, 599)).min(1).optional(),
    match: text("a regular expression", checkExpression).optional(),
  })
  .check(
    problemsOf((given) => {
      const needed: readonly Field[] = CHECK_FIELDS[given.check];
      const all: readonly Field[] = ["run", "port", "path", "match"];
      const missing = needed.filter((field) => given[field] === undefined);
      const misplaced = all.filter((field) => !needed.includes(field) && given[field] !== undefined);
      return [
        ...missing.map((field) => ({ message: `must have ${field} because the check is ${given.check}` })),
        ...misplaced.map((field) => ({
          message: `does not apply to the check ${given.check}`,
          path: [field],
        })),
      ];
    }),
  )
  .transform((given): ValidationCheck => {
    const { run = "", expect, port = "", path = "/", status = [200], match = "" } = given;
    const base = { description: given.description, component: given.component };
    switch (given.check) {
      case "command":
        return { ...base, check: "command", run, expect };
      case "tcp":
        return { ...base, check: "tcp", port };
      case "http":
        return { ...base, check: "http", port, path, status };
      case "route":
        return { ...base, check: "route", path, status };
      case "no-log":
        return { ...base, check: "no-log", match };
      case "manual":
        return { ...base, check: "manual" };
    }
  });

const exampleService = z.strictObject({
  name: line(),
  image: text("an image reference", checkImage),
  port: wholeNumber(1, 65535).optional(),
  health: prose().optional(),
  memory: sizeSchema.optional(),
  values: z.record(z.string(), z.unknown()).default({}),
  notes: prose().optional(),
});

/** Keys of the guide, for the pattern's schema to spread. */
export const guideShape = {
  useCases: z.array(prose()).default([]),
  notFor: z.array(prose()).default([]),
  choose: z
    .strictObject({
      group: z.enum(Object.keys(PATTERN_GROUPS) as (keyof typeof PATTERN_GROUPS)[]),
      question: line(),
      rank: wholeNumber(0, 100).default(50),
    })
    .optional(),
  networkNotes: z
    .array(z.strictObject({ component: componentSchema, network: liquid(), why: prose() }))
    .default([]),
  deploymentOrder: z
    .array(z.strictObject({ component: text("a component's name").optional(), step: prose() }))
    .default([]),
  validation: z.array(check).default([]),
  beforeDeployment: z.array(prose()).default([]),
  afterDeployment: z.array(prose()).default([]),
  commonIssues: z.array(z.strictObject({ symptom: prose(), cause: prose(), fix: prose() })).default([]),
  exampleServices: z.array(exampleService).default([]),
};
