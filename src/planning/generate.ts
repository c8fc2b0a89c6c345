import type { Host } from "../model/host.ts";
import { isPlain } from "../model/plain-unit.ts";
import type { Unit } from "../model/unit.ts";
import { type Generated, parseGenerated } from "../quadlet/generated.ts";
import { withPlainUnits } from "../quadlet/plain-units.ts";

type GeneratingHost = Pick<Host, "quadlet" | "facts">;

/** What podman's generator makes of these units alone, taken apart, with the plain units among them. */
export async function generateUnits(
  { quadlet, facts }: GeneratingHost,
  units: readonly Unit[],
): Promise<Generated> {
  return withPlainUnits(parseGenerated(await quadlet.generate(quadlets(units)), facts), units, facts);
}

/** What podman's generator makes of a folder's sources, taken apart, with the plain units among `units`. */
export async function generateFrom(
  { quadlet, facts }: GeneratingHost,
  folder: string,
  units: Promise<readonly Unit[]>,
): Promise<Generated> {
  const [output, known] = await Promise.all([quadlet.generateFrom(folder), units]);
  return withPlainUnits(parseGenerated(output, facts), known, facts);
}

/** The units that podman's generator reads. */
export function quadlets(units: readonly Unit[]): readonly Unit[] {
  return units.filter(({ name }) => !isPlain(name));
}
