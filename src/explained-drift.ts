import type { Context } from "./context.ts";
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
 */
export async function explainedDrift(
  { host }: Pick<Context, "host">,
  input: DriftInput,
  wanted: Wanted,
): Promise<DriftReport> {
  const report = computeDrift(input);
  const units = report.instances.flatMap((instance) => instance.units);
  if (input.live.inPlace !== undefined || !units.some(isUnexplained)) return report;
  const inPlace = await host.quadlet.generateInPlace(sourcesInPlace(wanted, input.live)).catch(unknown);
  return inPlace === undefined ? report : computeDrift({ ...input, live: { ...input.live, inPlace } });
}

/** Where the file itself differs, that is reason enough. */
function isUnexplained({ fields }: UnitDrift): boolean {
  const causes = new Set(fields.map(({ status, cause }) => (status === "drift" ? cause : undefined)));
  return !causes.has("file") && (causes.has("not-reloaded") || causes.has("outdated"));
}

function sourcesInPlace({ units, leaving }: Wanted, { files }: LiveState): readonly QuadletSource[] {
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
