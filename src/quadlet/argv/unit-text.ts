/** A key and its value in a unit file, in the order of the file. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  /** Set if systemd ignores the line, so that it is as if it were not there. */
  readonly ignored?: true;
}

/** A unit file's sections by name. Repeated sections are merged, as systemd does. */
export type UnitText = ReadonlyMap<string, readonly Setting[]>;

/** A section's header, or a key and its value, and where it is in the file. */
export interface UnitLine {
  readonly section: string;
  /** Undefined for a header. */
  readonly setting: Setting | undefined;
  /** 1-based numbers of its first and last line; they differ if a backslash continues it. */
  readonly first: number;
  readonly last: number;
}

/** Reads a unit file's syntax. Omits comments; a backslash at the end continues a line on the next. */
export function unitLines(text: string): readonly UnitLine[] {
  const lines: UnitLine[] = [];
  let section = "";
  for (const { text: line, first, last } of logicalLines(text)) {
    const { header, key, value = "" } = readLine(line);
    section = header ?? section;
    if (header !== undefined) lines.push({ section, setting: undefined, first, last });
    else if (key !== undefined) lines.push({ section, setting: { key, value }, first, last });
  }
  return lines;
}

/** A unit file by its sections. `isIgnored` says which lines systemd ignores; by default, none. */
export function parseUnitText(text: string, isIgnored: (line: UnitLine) => boolean = () => false): UnitText {
  const sections = new Map<string, Setting[]>();
  for (const line of unitLines(text)) {
    const { section, setting } = line;
    const settings = sections.get(section) ?? [];
    // What comes before the first header belongs to no section.
    if (section !== "") sections.set(section, settings);
    if (setting !== undefined) settings.push(isIgnored(line) ? { ...setting, ignored: true } : setting);
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
export function hasNoEffect(section: string, key: string): boolean {
  return section.startsWith("X-") || key.startsWith("X-") || (section === "Unit" && key === "Description");
}

/** A line of a unit file with the lines that continue it. */
export interface LogicalLine {
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

/** The lines of a text without comments and blank lines, with continued lines joined. */
export function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open = "";
  let first = 0;
  const raws = text.split("\n");
  for (const [index, raw] of raws.entries()) {
    const line = raw.trim();
    if (line === "" ? open === "" : line.startsWith("#") || line.startsWith(";")) continue;
    if (open === "") first = index + 1;
    if (line.endsWith("\\")) {
      open += `${line.slice(0, -1)} `;
    } else {
      lines.push({ text: `${open}${line}`, first, last: index + 1 });
      open = "";
    }
  }
  if (open !== "") lines.push({ text: open, first, last: raws.length });
  return lines;
}

/**
 * All values of a key that are in force. An empty assignment resets those before it; a line that systemd
 * ignores does nothing.
 */
export function valuesOf(text: UnitText, section: string, key: string): readonly string[] {
  const values: string[] = [];
  for (const setting of text.get(section) ?? []) {
    if (setting.key !== key || setting.ignored) continue;
    if (setting.value === "") values.length = 0;
    else values.push(setting.value);
  }
  return values;
}

/** The last value of a key, for settings that hold one value. */
export function lastValueOf(text: UnitText, section: string, key: string): string | undefined {
  return valuesOf(text, section, key).at(-1);
}
