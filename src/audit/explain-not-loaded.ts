import type { DriftReport, FieldDrift, Suggestion, UnitDrift } from "../model/drift.ts";
import type { Host } from "../model/host.ts";
import { complaintInPlace, howToMend } from "../planning/generator.ts";

/**
 * Says of services that systemd does not have what podman's generator has against the unit directory, and what mends that. Asks
 * it only then.
 */
export async function explainUnloaded(
  host: Host,
  report: DriftReport<Suggestion>,
): Promise<DriftReport<Suggestion>> {
  const fields = report.instances.flatMap(({ units }) => units.flatMap((unit) => unit.fields));
  if (!fields.some(isUnloaded)) return report;
  const complaint = await complaintInPlace(host);
  if (complaint === undefined) return report;
  const message = `systemd knows no such service, and podman's generator says: ${complaint.message}`;
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

/** Whether another file is to blame: a sync puts back the unit's own. */
function isVictim({ fields }: Pick<UnitDrift, "fields">): boolean {
  return (
    fields.some(isUnloaded) && !fields.some(({ cause, status }) => cause === "file" && status === "drift")
  );
}

function isUnloaded({ status, kinds }: FieldDrift): boolean {
  return status === "drift" && kinds?.includes("not-loaded") === true;
}
