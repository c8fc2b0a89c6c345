import { listSuspended, type SuspendedInstance } from "../model/suspension.ts";
import type { Context } from "../planning/context.ts";

/** All suspended instances of this host, with who suspends them and until when. */
export async function readSuspended(context: Context): Promise<readonly SuspendedInstance[]> {
  const { state } = context;
  const [suspended, inventory] = await Promise.all([
    state.readSuspensions(context.host.clock.now().getTime()),
    state.readInventory(),
  ]);
  return listSuspended(suspended, inventory.suspended);
}
