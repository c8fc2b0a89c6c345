import type { FieldDrift } from "../../model/drift.ts";

/**
 * Takes the differences out that a manifest's `ignoreDrift` names: a field (`memory`) or one part of it
 * (`environment.BUILD_ID`). A field with no difference left matches.
 */
export function ignoreDifferences(field: FieldDrift, ignored: readonly string[]): FieldDrift {
  if (field.status === "match" || ignored.length === 0) return field;
  const isIgnored = (path: string) =>
    ignored.some((entry) => path === entry || path.startsWith(`${entry}.`) || field.field === entry);
  const left = (field.diff ?? []).filter(({ path }) => !isIgnored(path));
  if (left.length > 0) return { ...field, diff: left };
  if (!field.diff && !isIgnored(field.field)) return field;
  const { field: name, desired, live } = field;
  return { field: name, status: "match", desired, live, message: "differs, but ignoreDrift allows it" };
}
