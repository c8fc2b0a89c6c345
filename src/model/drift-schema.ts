import * as z from "zod";
import { DRIFT_CAUSES } from "./drift.ts";

const status = z.enum(["match", "drift", "warning"]);
const text = z.string();

/** What `quadgate drift --output json` prints, for programs that read it; later versions may add keys. */
export const driftReportSchema = z.object({
  schemaVersion: z.literal(1),
  revision: text.nullable().describe("The commit that the host was compared with; null for a checkout."),
  host: text,
  observedAt: z.iso.datetime(),
  summary: z.object({ instances: z.int(), match: z.int(), drift: z.int(), warning: z.int() }),
  instances: z.array(
    z.object({
      instance: text,
      status,
      suspended: z
        .object({
          since: text.nullable().describe("ISO 8601; null if it can no longer be read."),
          until: text.nullable().describe("ISO 8601; null: until `quadgate resume`."),
          reason: text.nullable(),
          by: z.enum(["host", "manifest"]),
        })
        .optional()
        .describe("Set if the instance is suspended: no sync repairs what is found."),
      units: z.array(
        z.object({
          unit: text,
          service: text.nullable(),
          container: text.nullable(),
          status,
          fields: z.array(
            z.object({
              field: text.describe("A row of the table in docs/drift.md."),
              status,
              desired: text,
              live: text,
              message: text.optional(),
              cause: z
                .enum(DRIFT_CAUSES)
                .optional()
                .describe("A row of the table of causes in docs/drift.md."),
              diff: z.array(z.object({ path: text, from: text.nullable(), to: text.nullable() })).optional(),
            }),
          ),
          suggestions: z.array(text).describe("Commands that repair it."),
        }),
      ),
    }),
  ),
});
