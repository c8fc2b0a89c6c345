import { extname } from "node:path";
import { driftDocument, driftMetrics, REPORT_FORMS } from "../document/index.ts";
import type { DriftReport } from "../model/drift.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Context } from "../planning/context.ts";

/** Files that an audit writes, by absolute path. */
export interface DriftFiles {
  /** A document, in Markdown or HTML by its extension. */
  readonly report: string | undefined;
  /** For the textfile collector of Prometheus' node exporter. */
  readonly textfile: string | undefined;
}

/** Throws `bad-usage` if the report's name asks for a form that quadgate cannot write. */
export function requireForm({ report }: DriftFiles): void {
  if (report === undefined || formOf(report) !== undefined) return;
  throw new QuadgateError("bad-usage", `quadgate cannot write the report ${report} in that format`, {
    hint: `end its name in ${REPORT_FORMS.map((form) => `.${form}`).join(" or ")}`,
  });
}

/** Writes the findings of an audit, each file as a whole or not at all. */
export async function writeDriftFiles(
  context: Context,
  report: DriftReport,
  files: DriftFiles,
): Promise<void> {
  const form = files.report === undefined ? undefined : formOf(files.report);
  if (files.report !== undefined && form !== undefined) {
    const { templates } = await context.shipped();
    await context.host.files.write(files.report, driftDocument(report, form, templates));
  }
  if (files.textfile !== undefined) {
    // The exporter runs as another user.
    await context.host.files.write(files.textfile, driftMetrics(report), { mode: 0o644 });
  }
}

const formOf = (path: string) => REPORT_FORMS.find((form) => extname(path) === `.${form}`);
