import type { Inventory } from "../model/inventory.ts";

/** The ids of the images that must stay: those of texts that have settled, and of texts to go back to. */
export function keptImages({ texts, kept }: Pick<Inventory, "texts" | "kept">): ReadonlySet<string> {
  const settled = Object.values(texts).filter(({ state }) => state !== "fresh");
  const all = [...settled, ...Object.values(kept).flat()];
  return new Set(
    all.flatMap(({ images }) => Object.values(images)).filter((id) => /^[0-9a-f]{64}$/.test(id)),
  );
}
