import { ensureBase } from "./harness/base.ts";
import { chooseFlavour } from "./harness/recipe.ts";
import { whyNoLab } from "./harness/support.ts";
import { reapLabs } from "./harness/teardown.ts";

/** Makes the lab's base before the first test, and clears away at the end what killed workers left. */
export async function setup(): Promise<void> {
  if (whyNoLab()) return;
  await ensureBase(chooseFlavour(), (message) => process.stderr.write(`lab: ${message}\n`));
}

export function teardown(): void {
  if (!whyNoLab()) reapLabs();
}
