import type { Inventory } from "./inventory.ts";
import type { TextInForce } from "./text-in-force.ts";

/** How far the text in force of an instance has proved itself, as people and programs see it. */
export interface TextStatus extends Pick<TextInForce, "state" | "since" | "stopped"> {
  readonly instance: string;
  /** It has ended, and quadgate has yet to put it back. */
  readonly due?: true;
}

/** The texts in force, by name of their instance. */
export function textStatuses({ texts, due }: Pick<Inventory, "texts" | "due">): readonly TextStatus[] {
  return Object.entries(texts)
    .map(
      ([instance, { state, since, stopped }]): TextStatus => ({
        instance,
        state,
        since,
        ...(stopped === undefined ? {} : { stopped }),
        ...(due.includes(instance) ? { due: true as const } : {}),
      }),
    )
    .toSorted((a, b) => (a.instance < b.instance ? -1 : 1));
}

/** The texts in force of some instances, for a record. Leaves out an empty list. */
export function textsOf(
  inventory: Pick<Inventory, "texts" | "due">,
  instances: readonly string[],
): { readonly texts?: readonly TextStatus[] } {
  const texts = textStatuses(inventory).filter(({ instance }) => instances.includes(instance));
  return texts.length === 0 ? {} : { texts };
}
