import * as z from "zod";
import { manifestSchema } from "./manifest-schema.ts";

/** Keys whose lists an entry may add to by `key+`. */
const LISTS = [
  "secrets",
  "volumes",
  "requireMount",
  "networks",
  "devices",
  "publish",
  "command",
  "dependsOn",
  "hosts",
  "files",
  "ignoreDrift",
] as const;

/** Every key is optional, because the other part may have it; one without a value removes the shared one. */
const keys = Object.entries(manifestSchema.shape).map(([key, schema]) => [key, schema.nullish()] as const);
const additions = LISTS.map((key) => [`${key}+`, manifestSchema.shape[key].optional()] as const);

/** A stack as it is written. The manifest's schema judges each entry after the shared part is merged in. */
const stackSchema = z.strictObject({
  shared: z.strictObject(Object.fromEntries(keys)).optional(),
  services: z.record(z.string(), z.strictObject(Object.fromEntries([...keys, ...additions]))),
});

/** What a YAML file of desired-state/ may hold, for editors. */
export const documentSchema = z.union([manifestSchema, stackSchema]);
