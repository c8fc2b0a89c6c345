import type { DriftReport } from "../model/drift.ts";
import { renderHtml, renderMarkdown } from "./render-text.ts";

/** The forms that a report can have, by the extension of its file. */
export const REPORT_FORMS = ["md", "html"] as const;
export type ReportForm = (typeof REPORT_FORMS)[number];

/**
 * A drift report as its own document, for an audit folder: what differs in full, what matches by name. It
 * loads nothing from elsewhere, and no value can become markup.
 */
export function driftDocument(
  report: DriftReport,
  form: ReportForm,
  templates: ReadonlyMap<string, string>,
): string {
  const scope = {
    ...report,
    instances: report.instances.map(({ instance, status, units }) => ({
      instance,
      status,
      found: units.flatMap(({ unit, fields }) =>
        fields
          .filter((field) => field.status !== "match")
          .map((field) => ({ ...field, unit, message: field.message ?? "" })),
      ),
      suggestions: [...new Set(units.flatMap(({ suggestions }) => suggestions))],
    })),
  };
  return form === "md"
    ? renderMarkdown(templates, "docs/drift-report", scope)
    : renderHtml(templates, "docs/drift-report-html", scope);
}
