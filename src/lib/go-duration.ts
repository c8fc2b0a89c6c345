const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

/** Nanoseconds, which need not be whole, of a text in which every number has a unit. */
function sumOf(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)];
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (NANOSECONDS[unit] ?? 0), 0);
}

/**
 * Nanoseconds of a Go duration (`1m30s`, `500ms`, `0`), as podman parses it; undefined if it is not valid.
 */
export function parseGoDuration(text: string): number | undefined {
  const sum = text === "0" ? 0 : sumOf(text);
  return sum && Math.round(sum);
}

/** Seconds of a Go duration. A bare `0` is not valid: people must write a unit. */
export function secondsOfGoDuration(text: string): number | undefined {
  const sum = sumOf(text);
  return sum && sum / 1e9;
}

/** Nanoseconds as people write them: `30s`, `1m30s`, `500ms`. */
export function formatGoDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const parts: string[] = [];
  let rest = nanoseconds;
  for (const unit of ["h", "m", "s", "ms", "us", "ns"]) {
    const size = NANOSECONDS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join("");
}
