import { listSuspended, type SuspendedInstance } from "../model/suspension.ts";
import type { Context } from "../planning/context.ts";
import { openState } from "../state/index.ts";

/** Everything that is suspended here, by whom and until when. */
export async function readSuspended(context: Context): Promise<readonly SuspendedInstance[]> {
  const state = openState(context.host);
  const [suspended, inventory] = await Promise.all([
    state.readSuspensions(context.host.clock.now().getTime()),
    state.readInventory(),
  ]);
  return listSuspended(suspended, inventory.suspended);
}
