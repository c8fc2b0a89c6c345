import * as z from "zod";
import { PARAMETER_TYPES, type Parameter } from "../model/pattern.ts";
import { checkNotEmpty } from "./formats.ts";
import { show } from "./message-parts.ts";
import { problemsOf, text, wholeNumber, written } from "./shape.ts";
import { checkValue, forInstance, fromText } from "./values.ts";

const SCALAR = "text, a number, true or false";

/** One `values.*` parameter of a pattern's file. */
export const parameterSchema = z
  .strictObject({
    type: z.enum(PARAMETER_TYPES),
    description: text("text", checkNotEmpty, { multiline: true }),
    values: z.array(written("text")).min(1).optional(),
    min: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).optional(),
    max: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).optional(),
    match: text("a regular expression", checkExpression).optional(),
    default: written(SCALAR).optional(),
    required: z.boolean().default(false),
    example: written(SCALAR).optional(),
  })
  .transform(
    (given): Parameter => ({
      ...given,
      default: fromText(given.type, given.default),
      example: fromText(given.type, given.example),
    }),
  )
  .check(problemsOf(checkParameter));

/** Without the `u` flag, so that `-` and `_` may be escaped as people do. */
export function checkExpression(source: string) {
  try {
    new RegExp(source);
    return undefined;
  } catch {
    return { message: `is not a regular expression: ${show(source)}` };
  }
}

/** Fields that only one type has. */
const OWN_FIELDS = { values: "enum", min: "integer", max: "integer", match: "string" } as const;

function checkParameter(parameter: Parameter) {
  const misplaced = Object.entries(OWN_FIELDS).flatMap(([field, type]) =>
    parameter[field as keyof typeof OWN_FIELDS] === undefined || parameter.type === type
      ? []
      : [{ message: `is only for parameters of type ${type}`, path: [field] }],
  );
  if (parameter.type === "enum" && parameter.values === undefined) {
    return [...misplaced, { message: "lists no values", path: ["values"] }];
  }
  const given = (["default", "example"] as const).flatMap((field) => {
    const value = parameter[field];
    const problem = value === undefined ? undefined : checkValue(parameter, forInstance(value, "x"));
    return problem === undefined ? [] : [{ ...problem, path: [field] }];
  });
  return [...misplaced, ...given];
}
