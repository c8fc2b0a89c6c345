/**
 * A map that makes each value at its first lookup. While it makes a value, `draft` stands in for it, so that
 * values may refer to each other.
 */
export class LazyMap<Value> implements ReadonlyMap<string, Value> {
  readonly #made = new Map<string, Value>();
  readonly #names: ReadonlySet<string>;
  readonly #make: (name: string, draft: (value: Value) => void) => Value | undefined;

  constructor(
    names: Iterable<string>,
    make: (name: string, draft: (value: Value) => void) => Value | undefined,
  ) {
    this.#names = new Set(names);
    this.#make = make;
  }

  get size(): number {
    return this.#names.size;
  }
  has(name: string): boolean {
    return this.#names.has(name);
  }
  get(name: string): Value | undefined {
    if (!this.#names.has(name)) return undefined;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name, (value) => this.#made.set(name, value));
    if (made !== undefined) this.#made.set(name, made);
    return made;
  }
  keys(): MapIterator<string> {
    return this.#names.keys();
  }
  entries(): MapIterator<[string, Value]> {
    return this.#all().entries();
  }
  values(): MapIterator<Value> {
    return this.#all().values();
  }
  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
  forEach(callback: (value: Value, name: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [name, value] of this.#all()) callback(value, name, this);
  }

  #all(): Map<string, Value> {
    const entries = [...this.#names].map((name) => [name, this.get(name)] as const);
    return new Map(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
  }
}
