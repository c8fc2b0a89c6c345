import type { Host } from "../model/host.ts";
import type { Unit } from "../model/unit.ts";
import { type Generated, parseGenerated } from "../quadlet/generated.ts";

type GeneratingHost = Pick<Host, "quadlet" | "facts">;

/** What podman's generator makes of these units alone, taken apart. */
export async function generateUnits(
  { quadlet, facts }: GeneratingHost,
  units: readonly Unit[],
): Promise<Generated> {
  return parseGenerated(await quadlet.generate(units), facts);
}

/** What podman's generator makes of the sources in a folder, taken apart. */
export async function generateFrom({ quadlet, facts }: GeneratingHost, folder: string): Promise<Generated> {
  return parseGenerated(await quadlet.generateFrom(folder), facts);
}
