export { driftMetrics } from "./drift-metrics.ts";
export { driftDocument, REPORT_FORMS } from "./drift-report.ts";
export {
  type Document,
  type DocumentationInput,
  GUIDE_MARK,
  journalEntry,
  serviceGuide,
} from "./guide-and-journal.ts";
