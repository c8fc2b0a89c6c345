import type { DriftReport, FieldDrift, Suggestion, UnitDrift } from "../model/drift.ts";
import type { Host } from "../model/host.ts";
import { complaintInPlace, howToMend } from "../planning/generator-complaints.ts";

/**
 * Explains why systemd does not have a service by what podman's generator says about the unit directory, with
 * what repairs it. Asks the generator only if such a service is in the report.
 */
export async function explainUnloaded(
  host: Host,
  report: DriftReport<Suggestion>,
): Promise<DriftReport<Suggestion>> {
  const fields = report.instances.flatMap(({ units }) => units.flatMap((unit) => unit.fields));
  if (!fields.some(isUnloaded)) return report;
  const complaint = await complaintInPlace(host);
  if (complaint === undefined) return report;
  const message = `systemd does not have this service, and podman's generator says: ${complaint.message}`;
  const explain = (field: FieldDrift) => (isUnloaded(field) ? { ...field, message } : field);
  const mending: Suggestion = { kind: "mend-file", text: howToMend(host) };
  const mend = (unit: UnitDrift<Suggestion>) =>
    complaint.grave && isVictim(unit)
      ? unit.suggestions.map((one) => (one.kind === "reconcile" ? mending : one))
      : unit.suggestions;
  const instances = report.instances.map((instance) => ({
    ...instance,
    units: instance.units.map((unit) => ({
      ...unit,
      fields: unit.fields.map(explain),
      suggestions: mend(unit),
    })),
  }));
  return { ...report, instances };
}

/** Whether another file is to blame. If the unit's own file has drifted, a sync repairs it. */
function isVictim({ fields }: Pick<UnitDrift, "fields">): boolean {
  return (
    fields.some(isUnloaded) && !fields.some(({ cause, status }) => cause === "file" && status === "drift")
  );
}

function isUnloaded({ status, kinds }: FieldDrift): boolean {
  return status === "drift" && kinds?.includes("not-loaded") === true;
}
