import type { DriftReport, UnitDrift } from "./model/drift.ts";
import { CommandError } from "./model/errors.ts";
import type { QuadletSource } from "./model/host.ts";
import type { Generated, LiveState } from "./model/live.ts";
import { type Unit, unitKindOf } from "./model/unit.ts";
import { computeDrift, type DriftInput } from "./plan/index.ts";

/** The units that a reload would find besides what somebody else has put on the host. */
export interface Wanted {
  /** All of them, however few are compared. */
  readonly units: readonly Unit[];
  /** Names of files that are there still and are about to be deleted. */
  readonly leaving: ReadonlySet<string>;
}

/**
 * Drift, with podman's generator asked once more where it pays: where systemd has another text loaded than the units mean,
 * or a container was made from one, that may be the work of other files on the host, which no reload and no restart undoes.
 * `generateInPlace` says what the generator makes of the units among those.
 */
export async function explainedDrift(
  input: DriftInput,
  generateInPlace: () => Promise<Generated>,
): Promise<DriftReport> {
  const report = computeDrift(input);
  const units = report.instances.flatMap((instance) => instance.units);
  if (input.live.inPlace !== undefined || !units.some(isUnexplained)) return report;
  const inPlace = await generateInPlace().catch(unknown);
  return inPlace === undefined ? report : computeDrift({ ...input, live: { ...input.live, inPlace } });
}

/** Where the file itself differs, that is reason enough. */
function isUnexplained({ fields }: UnitDrift): boolean {
  const causes = new Set(fields.map(({ status, cause }) => (status === "drift" ? cause : undefined)));
  return !causes.has("file") && (causes.has("not-reloaded") || causes.has("outdated"));
}

/** What Quadlet would read once the wanted units are in their place, the other files of the unit directory among them. */
export function sourcesInPlace(
  { units, leaving }: Wanted,
  { files }: Pick<LiveState, "files">,
): readonly QuadletSource[] {
  const wanted = new Set(units.map(({ name }) => name));
  const others = [...files.values()].filter(
    ({ name }) => !wanted.has(name) && !leaving.has(name) && !name.startsWith("/"),
  );
  return [
    ...units,
    ...others.map(({ name, content }) => ({ name, content, kind: unitKindOf(name) ?? ("dropin" as const) })),
  ];
}

/** A generator that crashes over what lies about on the host explains nothing. */
function unknown(error: unknown): Generated | undefined {
  if (error instanceof CommandError) return undefined;
  throw error;
}
