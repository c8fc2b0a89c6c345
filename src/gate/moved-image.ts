import type { Change } from "../model/plan.ts";

/**
 * Whether a restart brings another image than the one that runs, although the unit's text is the same: its tag has
 * moved since (the drift field `image`, docs/drift.md).
 */
export function movesImage({ action, diff }: Change): boolean {
  return (
    action === "restart" &&
    diff.some(({ path, from, to }) => path === "image.id" && from !== null && to !== null)
  );
}
