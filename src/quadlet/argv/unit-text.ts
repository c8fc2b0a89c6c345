/** A key and its value in a unit file, in the order of the file. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

/** A unit file's sections by name. Repeated sections are merged, as systemd does. */
export type UnitText = ReadonlyMap<string, readonly Setting[]>;

/** Reads a unit file's syntax. Omits comments; a backslash at the end continues a line on the next. */
export function parseUnitText(text: string): UnitText {
  const sections = new Map<string, Setting[]>();
  let section: Setting[] = [];
  for (const line of logicalLines(text)) {
    const { header, key, value = "" } = readLine(line);
    if (header !== undefined) {
      section = sections.get(header) ?? [];
      sections.set(header, section);
    } else if (key !== undefined) section.push({ key, value });
  }
  return sections;
}

/** A section's header, or a key with its value; nothing of a line that is neither. */
export function readLine(line: string): Partial<Setting> & { readonly header?: string } {
  if (line.length > 2 && line.startsWith("[") && line.endsWith("]")) return { header: line.slice(1, -1) };
  const equals = line.indexOf("=");
  return equals > 0 ? { key: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() } : {};
}

/**
 * Whether a setting, or a section (key ""), has no effect on what runs: systemd.unit(5) reserves names that
 * begin with `X-` for others, and a description is for people.
 */
export function isIgnored(section: string, key: string): boolean {
  return section.startsWith("X-") || key.startsWith("X-") || (section === "Unit" && key === "Description");
}

/** The text without comments and blank lines, with continued lines joined. */
export function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let open = "";
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" ? open === "" : line.startsWith("#") || line.startsWith(";")) continue;
    if (line.endsWith("\\")) {
      open += `${line.slice(0, -1)} `;
    } else {
      lines.push(`${open}${line}`);
      open = "";
    }
  }
  if (open !== "") lines.push(open);
  return lines;
}

/** All values of a key that are in force. An empty assignment resets those before it. */
export function valuesOf(text: UnitText, section: string, key: string): readonly string[] {
  const values: string[] = [];
  for (const setting of text.get(section) ?? []) {
    if (setting.key !== key) continue;
    if (setting.value === "") values.length = 0;
    else values.push(setting.value);
  }
  return values;
}

/** The last value of a key, for settings that hold one value. */
export function lastValueOf(text: UnitText, section: string, key: string): string | undefined {
  return valuesOf(text, section, key).at(-1);
}
