import { computeDrift, type DriftInput } from "../drift/index.ts";
import type { DriftReport, Suggestion, UnitDrift } from "../model/drift.ts";
import { CommandError } from "../model/errors.ts";
import type { GeneratorOutput } from "../model/live.ts";
import { parseGenerated } from "../quadlet/generated.ts";
import { crashes } from "./generator.ts";

/**
 * Drift, with podman's generator asked once more where it pays: where systemd has another text loaded than the units mean,
 * or a container was made from one, that may be the work of other files on the host, which no reload and no restart undoes.
 * `generateInPlace` says what the generator makes of the units among those.
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

/** Where the file itself differs, that is reason enough. */
function isUnexplained({ fields }: Pick<UnitDrift, "fields">): boolean {
  const causes = new Set(fields.map(({ status, cause }) => (status === "drift" ? cause : undefined)));
  return !causes.has("file") && (causes.has("not-reloaded") || causes.has("outdated"));
}

/** A generator that crashes over what lies about on the host explains nothing. */
function unknown(error: unknown): GeneratorOutput | undefined {
  if (error instanceof CommandError) return undefined;
  throw error;
}
