import { messageOf } from "../lib/error-message.ts";
import type { Inventory } from "../model/inventory.ts";
import { isKeptImageName, keptImageName } from "../model/kept-image.ts";
import { type Json, listAt, textAt } from "../model/live.ts";
import type { Context } from "../planning/context.ts";
import { keptImages } from "../state/index.ts";

/** How many names are removed at once. The next change of texts removes the others. */
const MOST_REMOVED = 50;

type KeepContext = Pick<Context, "host" | "emit">;

/**
 * Names the images that texts can go back to, and removes the names of those that none needs any more. Asks
 * podman only if a change of the inventory concerns them. What fails is a warning.
 */
export async function keepImages(context: KeepContext, before: Inventory, after: Inventory): Promise<void> {
  const wanted = keptImages(after);
  const known = keptImages(before);
  if (wanted.size === known.size && [...wanted].every((id) => known.has(id))) return;
  const { podman } = context.host;
  await attempt(context, async () => {
    const images = await podman.images();
    const named = new Set(images.flatMap(namesOf).filter(isKeptImageName));
    const here = new Set(images.map((image) => textAt(image, "Id").replace(/^sha256:/, "")));
    for (const id of wanted) {
      const name = keptImageName(id);
      if (here.has(id) && !named.has(name)) await attempt(context, () => podman.tag(id, name));
      named.delete(name);
    }
    for (const name of [...named].slice(0, MOST_REMOVED)) await attempt(context, () => podman.untag(name));
  });
}

function namesOf(image: Json): readonly string[] {
  return listAt(image, "Names").map(String);
}

async function attempt({ emit }: KeepContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    emit({ type: "warning", message: `images to go back to may be pruned: ${messageOf(error)}` });
  }
}
