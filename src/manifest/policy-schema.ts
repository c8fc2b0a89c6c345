import * as z from "zod";
import { ON_DRIFT } from "../model/on-drift.ts";
import { probationSchema, windowsSchema } from "../model/settings-schema.ts";
import * as formats from "./formats.ts";
import { problemsOf, text, wholeNumber } from "./shape.ts";

const commands = () => z.array(text("a command", formats.checkNotEmpty)).default([]);

/** The keys by which an instance says how quadgate treats it, whatever it runs. See InstancePolicy. */
export const policyShape = {
  dependsOn: z.array(text("an instance's name", formats.checkNotEmpty)).default([]),
  hosts: z.array(text("a host's name or a glob", formats.checkHostGlob)).min(1).optional(),
  hooks: z.strictObject({ beforeUpdate: commands(), afterUpdate: commands() }).prefault({}),
  probation: probationSchema.optional(),
  ends: z.boolean().default(false),
  suspend: z.boolean().default(false),
  onDrift: z.enum(ON_DRIFT).optional(),
  ignoreDrift: z.array(text("a drift field's path", formats.checkIgnorable)).optional(),
  prune: z.boolean().default(true),
  gate: z
    .strictObject({
      block: wholeNumber(0, 100).optional(),
      confirm: wholeNumber(0, 100).optional(),
      windows: windowsSchema.optional(),
    })
    .check(problemsOf(({ block, confirm }) => blockAboveConfirm(block, confirm)))
    .optional(),
};

function blockAboveConfirm(block: number | undefined, confirm: number | undefined) {
  if (block === undefined || confirm === undefined || block <= confirm) return undefined;
  return { message: `must not be above confirm (${confirm})`, path: ["block"] };
}
