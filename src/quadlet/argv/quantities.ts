const POWERS: Readonly<Record<string, number>> = { "": 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * Bytes of a size as podman and systemd write it: `4G`, `4g`, `512MiB`, `1.5G`, `4096`; 1024-based. Undefined
 * for anything else, such as a percentage.
 */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe]?)(?:i?b)?\s*$|^\s*(\d+)\s*b\s*$/i.exec(text);
  if (!match) return undefined;
  const number = Number(match[1] ?? match[3]);
  return Math.floor(number * 1024 ** (POWERS[(match[2] ?? "").toLowerCase()] ?? 0));
}

/** Bytes as a short text that means exactly them: `4G`, `1536M`, `1.8G`, `1000`. */
export function formatSize(bytes: number): string {
  if (bytes % 1024 !== 0) return formatFraction(bytes);
  const units = ["", "K", "M", "G", "T"];
  let unit = 0;
  let rest = bytes;
  while (rest !== 0 && rest % 1024 === 0 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest}${units[unit]}`;
}

function formatFraction(bytes: number): string {
  for (const [unit, power] of [
    ["T", 4],
    ["G", 3],
    ["M", 2],
    ["K", 1],
  ] as const) {
    const text = `${(bytes / 1024 ** power).toFixed(1)}${unit}`;
    if (bytes > 0 && parseSize(text) === bytes) return text;
  }
  return String(bytes);
}

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds of a Go duration (`1m30s`, `500ms`, `0`); undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(number) * (NANOSECONDS[unit ?? ""] ?? 0);
  }
  return Math.round(total);
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

const DECIMAL_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

/** Bytes of a size whose units are powers of 1000, as in `--log-opt max-size=10mb`; undefined for anything else. */
export function parseHumanSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text);
  if (!match) return undefined;
  return Math.floor(Number(match[1]) * 1000 ** (POWERS[(match[2] ?? "").toLowerCase()] ?? 0));
}

/** Bytes as podman shows such a size: `10MB`, four digits at most. */
export function formatHumanSize(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 1000 && unit < DECIMAL_UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${Number(rest.toPrecision(4))}${DECIMAL_UNITS[unit]}`;
}
