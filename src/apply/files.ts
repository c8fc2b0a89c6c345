import { dirname, isAbsolute, join } from "node:path";
import type { Change } from "../model/plan.ts";
import { mainUnitOf } from "../model/unit.ts";
import { type ApplyInput, work } from "./context.ts";

/** Absolute path of a unit's file. */
export function pathOf(input: Pick<ApplyInput, "host">, name: string): string {
  return isAbsolute(name) ? name : join(input.host.facts.unitDir, name);
}

/** Writes what is created or updated and removes what is deleted; says whether systemd must look again. */
export async function writeFiles(input: ApplyInput): Promise<boolean> {
  const changes = work(input.plan);
  for (const change of changes.filter((candidate) => candidate.action === "delete"))
    await removeFile(input, change);
  const units = new Map(input.units.map((unit) => [unit.name, unit]));
  for (const change of changes.filter(({ action }) => action === "create" || action === "update")) {
    const unit = units.get(change.unit);
    if (unit === undefined) continue;
    await input.host.files.write(pathOf(input, unit.name), unit.content, {
      mode: Number.parseInt(unit.mode, 8),
    });
  }
  const controls = await removeControls(input, changes);
  return controls || changes.some((change) => !isAbsolute(change.unit));
}

async function removeFile({ host }: Pick<ApplyInput, "host">, change: Change): Promise<void> {
  const path = pathOf({ host }, change.unit);
  await host.files.remove(path);
  if (mainUnitOf(change.unit) !== change.unit) await host.files.removeEmptyFolder(dirname(path));
}

/**
 * `systemctl set-property` leaves drop-ins in `*.control/<service>.d/`; a restart keeps them, so putting back
 * what the unit says means removing them. Drop-ins anywhere else are somebody's own and stay.
 */
async function removeControls({ host, live }: ApplyInput, changes: readonly Change[]): Promise<boolean> {
  const paths = changes
    .filter((change) => change.reasons.some(({ code }) => code === "live-drift"))
    .flatMap((change) =>
      change.service === null ? [] : (live.services.get(change.service)?.dropInPaths ?? []),
    )
    .filter((path) => /\/systemd\/(?:system|user)\.control\//.test(path));
  for (const path of paths) await host.files.remove(path);
  return paths.length > 0;
}
