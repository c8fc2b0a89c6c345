/**
 * The items of a list by a text that each of them has, such as a name; a group keeps the order of the list.
 */
export function groupBy<Item>(
  items: Iterable<Item>,
  textOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const text = textOf(item);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [item]);
    else group.push(item);
  }
  return groups;
}
