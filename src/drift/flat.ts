/** A field's value as parts by key, so that two values can be compared part by part. */
export type Flat = Readonly<Record<string, string>>;

/** Drops parts that are undefined, so that rows can be written as one object. */
export function flat(parts: Readonly<Record<string, string | undefined>>): Flat {
  const found: Record<string, string> = {};
  for (const key of Object.keys(parts)) {
    const part = parts[key];
    if (part !== undefined) found[key] = part;
  }
  return found;
}
