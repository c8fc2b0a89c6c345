import * as z from "zod";
import type { Problem } from "./codes.ts";
import { expectations, problemsOf, written } from "./shape.ts";

/** A backslash at the end would join the next line of the unit file to this one. */
function checkValue(value: string): Problem | undefined {
  return value.endsWith("\\") ? { message: "must not end with a backslash" } : undefined;
}

function checkKey(key: string): Problem | undefined {
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(key) ? undefined : { message: "is not a key of a unit file" };
}

const value = written("text, a number, true or false", checkValue);

const values = z.union([value, z.array(value)]).register(expectations, {
  expects: "text, a number, true or false, or a list of these",
  asWritten: true,
});

const section = z.record(z.string().check(problemsOf(checkKey)), values).optional();

/** The sections that Quadlet or systemd read in a Quadlet source, each with any key. */
const sections = z.strictObject({
  Unit: section,
  Container: section,
  Pod: section,
  Network: section,
  Volume: section,
  Kube: section,
  Image: section,
  Build: section,
  Service: section,
  Install: section,
  Quadlet: section,
});

type Sections = Record<string, Record<string, string | string[]>>;

/** Section to key to value or values. */
export const quadletSchema = sections.transform((given): Sections => {
  return Object.fromEntries(Object.entries(given).flatMap(([name, keys]) => (keys ? [[name, keys]] : [])));
});
