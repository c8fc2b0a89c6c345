/** Remembers what a pure function says of an object, for as long as the object is there. */
export function remember<Subject extends object, Answer>(
  ask: (subject: Subject) => Answer,
): (subject: Subject) => Answer {
  const answers = new WeakMap<Subject, { readonly answer: Answer }>();
  return (subject) => {
    const known = answers.get(subject);
    if (known !== undefined) return known.answer;
    const answer = ask(subject);
    answers.set(subject, { answer });
    return answer;
  };
}

/**
 * A search in a list by a text that each element has, such as its name: all that have it, in the list's order. The list is
 * gone through once, however often it is searched.
 */
export function searchBy<Item>(
  textOf: (item: Item) => string,
): (list: readonly Item[], text: string | undefined) => readonly Item[] {
  const index = remember((list: readonly Item[]) => {
    const found = new Map<string, Item[]>();
    for (const item of list) {
      const text = textOf(item);
      const others = found.get(text);
      if (others === undefined) found.set(text, [item]);
      else others.push(item);
    }
    return found;
  });
  return (list, text) => (text === undefined ? [] : (index(list).get(text) ?? []));
}
