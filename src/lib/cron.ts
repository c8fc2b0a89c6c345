interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that may replace numbers, the first for `min`. */
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day", min: 1, max: 31 },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  { name: "weekday", min: 0, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
];

const SECOND: Field = { name: "second", min: 0, max: 59 };

const ITEM = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/;

/**
 * What is wrong with a cron expression of five fields (crontab(5): numbers, names, `*`, lists, ranges,
 * steps); undefined if it is valid. This check needs no parser, so checking settings does not load one.
 * `seconds`: a field for them may come first.
 */
export function cronProblem(expression: string, { seconds = false } = {}): string | undefined {
  const parts = expression.trim().split(/\s+/);
  const fields = seconds && parts.length > FIELDS.length ? [SECOND, ...FIELDS] : FIELDS;
  if (parts.length !== fields.length) {
    const form = "minute, hour, day, month and weekday, such as 0 2 * * *";
    return `not a cron expression: "${expression}" (write ${form})`;
  }
  for (const [index, field] of fields.entries()) {
    const wrong = (parts[index] ?? "").split(",").find((item) => !isItem(item, field));
    if (wrong !== undefined)
      return `not a cron expression: "${expression}" ("${wrong}" is not a valid ${field.name})`;
  }
  return undefined;
}

function isItem(item: string, field: Field): boolean {
  const [, star, first, last, step] = ITEM.exec(item) ?? [];
  if (star === undefined && first === undefined) return false;
  const whole = star !== undefined;
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.max || (!whole && last === undefined)))
    return false;
  if (whole) return true;
  const from = numberOf(first ?? "", field);
  const to = last === undefined ? from : numberOf(last, field);
  return from !== undefined && to !== undefined && from <= to;
}

function numberOf(word: string, { min, max, names = [] }: Field): number | undefined {
  const named = names.indexOf(word.toUpperCase());
  const number = named >= 0 ? named + min : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

/** Whether the runtime knows a time zone by this name: `Europe/Oslo`, `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
