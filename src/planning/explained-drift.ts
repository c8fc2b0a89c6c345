import { computeDrift, type DriftInput } from "../drift/index.ts";
import type { DriftReport, Suggestion, UnitDrift } from "../model/drift.ts";
import { CommandError } from "../model/errors.ts";
import type { GeneratorOutput } from "../model/live.ts";
import { parseGenerated } from "../quadlet/generated.ts";
import { crashes } from "./generator-complaints.ts";

/**
 * Computes drift, and runs podman's generator once more if that can explain it. If systemd has loaded another
 * text than the units mean, or a container was made from another text, the cause may be other files on the
 * host. Neither a reload nor a restart undoes that. `generateInPlace` runs the generator on the units among
 * those files.
 */
export async function explainedDrift(
  input: DriftInput,
  generateInPlace: () => Promise<GeneratorOutput>,
): Promise<DriftReport<Suggestion>> {
  const report = computeDrift(input);
  const units = report.instances.flatMap((instance) => instance.units);
  if (input.inPlace !== undefined || !units.some(isUnexplained)) return report;
  const inPlace = await generateInPlace().catch(unknown);
  if (inPlace === undefined || crashes(inPlace)) return report;
  return computeDrift({ ...input, inPlace: parseGenerated(inPlace, input.facts) });
}

/** If the file itself differs, that explains the rest. */
function isUnexplained({ fields }: Pick<UnitDrift, "fields">): boolean {
  const causes = new Set(fields.map(({ status, cause }) => (status === "drift" ? cause : undefined)));
  return !causes.has("file") && (causes.has("not-reloaded") || causes.has("outdated"));
}

/** If the generator crashes at another file on the host, its output explains nothing. */
function unknown(error: unknown): GeneratorOutput | undefined {
  if (error instanceof CommandError) return undefined;
  throw error;
}
