import { ensureBase } from "./harness/base.ts";
import { chooseFlavour, flavours } from "./harness/recipe.ts";
import { whyNoLab } from "./harness/support.ts";
import { reapLabs } from "./harness/teardown.ts";

/**
 * Makes the lab's base before the first test, and clears away at the end what killed workers left. Where nothing may be
 * skipped it makes the bases of all flavours: tests without a lab run their podman's generators.
 */
export async function setup(): Promise<void> {
  if (whyNoLab()) return;
  const wanted = process.env.QUADGATE_REQUIRE_LAB === "1" ? flavours : [chooseFlavour()];
  for (const flavour of wanted) {
    await ensureBase(flavour, (message) => process.stderr.write(`lab: ${message}\n`));
  }
}

export function teardown(): void {
  if (!whyNoLab()) reapLabs();
}
