import { messageOf } from "../lib/error-message.ts";
import { QuadgateError } from "../model/errors.ts";
import { isPlain } from "../model/plain-unit.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { type ApplyInput, failure, work } from "./context.ts";

/**
 * Makes the links of `[Install]` for plain units that were written, and removes those that an earlier text
 * had made. Returns the failures; what fails here is not started.
 */
export async function enableUnits(input: ApplyInput): Promise<readonly Outcome[]> {
  const failures: Outcome[] = [];
  for (const change of work(input.plan).filter(({ action, unit }) => action !== "delete" && isPlain(unit))) {
    try {
      await removeLinks(input, change);
      if (change.links !== undefined) await input.host.systemd.enable(change.unit);
    } catch (error) {
      if (!(error instanceof QuadgateError)) throw error;
      failures.push(failure(change, 0, `it was not enabled: ${messageOf(error)}`));
    }
  }
  return failures;
}

/** Removes the links of plain units that are about to be deleted. */
export async function disableUnits(input: ApplyInput): Promise<void> {
  for (const change of work(input.plan).filter(({ action, unit }) => action === "delete" && isPlain(unit))) {
    if (change.oldLinks === undefined) continue;
    // systemctl refuses if a person has already removed the file; quadgate's own links go all the same.
    await input.host.systemd.disable(change.unit).catch(ignoreRefusal);
    await removeLinks(input, change);
  }
}

async function removeLinks({ host }: ApplyInput, { oldLinks = [] }: Change): Promise<void> {
  for (const path of oldLinks) {
    if ((await host.files.stat(path))?.kind === "symlink") await host.files.remove(path);
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof QuadgateError)) throw error;
}
