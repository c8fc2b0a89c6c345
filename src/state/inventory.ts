import { join } from "node:path";
import { EMPTY_INVENTORY, type Inventory } from "../model/inventory.ts";
import { parseAs, type StateFolder, toJson, unreadable } from "./folder.ts";
import { inventorySchema } from "./schemas.ts";

const FILE = "inventory.json";

/**
 * The inventory, or the empty one if none was written yet. A file that cannot be read or understood throws
 * `state-unreadable`, because treating it as empty would lose track of what quadgate owns.
 */
export async function readInventory(folder: StateFolder): Promise<Inventory> {
  const content = await folder.read(FILE);
  if (content === undefined) return EMPTY_INVENTORY;
  const parsed = parseAs(inventorySchema, content);
  if (parsed.ok) return withApplied(parsed.value);
  throw unreadable(
    `${join(folder.path, FILE)} is damaged or from another version of quadgate: ${parsed.message}`,
    "restore it from a backup; or move it away, and the next sync takes over the units whose files match git",
  );
}

/** An earlier version noted the last applied revision alone. */
function withApplied(inventory: Inventory): Inventory {
  const { appliedRevision: revision, appliedRevisions } = inventory;
  if (revision === null || appliedRevisions.length > 0) return inventory;
  return { ...inventory, appliedRevisions: [{ revision, number: 1 }] };
}

export async function writeInventory(folder: StateFolder, inventory: Inventory): Promise<void> {
  await folder.write(FILE, toJson(inventory));
}
