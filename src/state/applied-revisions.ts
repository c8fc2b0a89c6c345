import type { Inventory } from "../model/inventory.ts";
import type { TextInForce } from "../model/text-in-force.ts";

/** How many revisions are remembered, so that one of them is left if the texts of the last ones end. */
const MOST_KEPT = 50;

/** The number of the next revision that is applied in full. A text that settles now is part of it. */
export function nextApplied({ appliedRevisions }: Pick<Inventory, "appliedRevisions">): number {
  return (appliedRevisions.at(-1)?.number ?? 0) + 1;
}

/** A revision is the applied one as soon as all of its texts have settled. */
export function withAppliedRevision(inventory: Inventory): Inventory {
  const { settlingRevision: revision, texts, due, appliedRevisions } = inventory;
  const isOpen = due.length > 0 || Object.values(texts).some(({ state }) => state === "fresh");
  if (revision === null || isOpen) return inventory;
  const applied = { revision, number: nextApplied(inventory) };
  const isLast = appliedRevisions.at(-1)?.revision === revision;
  const all = isLast ? appliedRevisions : [...appliedRevisions, applied].slice(-MOST_KEPT);
  return { ...inventory, appliedRevision: revision, appliedRevisions: all, settlingRevision: null };
}

/** The inventory without the revisions that hold a text that has ended: the one before them is applied. */
export function withoutRevisionsOf(inventory: Inventory, { appliedFrom }: TextInForce): Inventory {
  if (appliedFrom === undefined) return inventory;
  const left = inventory.appliedRevisions.filter(({ number }) => number < appliedFrom);
  if (left.length === inventory.appliedRevisions.length) return inventory;
  return { ...inventory, appliedRevision: left.at(-1)?.revision ?? null, appliedRevisions: left };
}
