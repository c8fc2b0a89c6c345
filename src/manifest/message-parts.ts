import { distance } from "fastest-levenshtein";

const SHOWN_LENGTH = 60;

/** A name or value in quotes for a message: control characters escaped, long text cut. */
export function show(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text);
}

/** What a YAML value is, in plain words. Never repeats text, because it may be a misplaced secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "text" : String(value);
}

/** `a, b or c`. */
export function listOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** Words of compose files and of podman that people write for a key of ours. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ports: "publish",
  publishPort: "publish",
  env: "environment",
  depends_on: "dependsOn",
  healthcheck: "health",
  cmd: "command",
  entrypoint: "quadlet",
  mem_limit: "memory",
  memoryMax: "memory",
  host: "hosts",
  domain: "hostname",
  parameters: "values",
  vars: "values",
  test: "cmd",
  start_period: "startPeriod",
};

/** The candidate that was probably meant; undefined if none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates];
  const synonym = Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined;
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  if (word.length > SHOWN_LENGTH) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { candidate: string; away: number } | undefined;
  for (const candidate of known) {
    const away = typingDistance(word.toLowerCase(), candidate.toLowerCase());
    if (away <= limit && away < (best?.away ?? Number.POSITIVE_INFINITY)) best = { candidate, away };
  }
  return best?.candidate;
}

/** Two swapped letters count as one slip. */
function typingDistance(a: string, b: string): number {
  const sorted = (text: string) => [...text].toSorted().join("");
  return a !== b && sorted(a) === sorted(b) ? 1 : distance(a, b);
}

const LISTED_AT_MOST = 12;

/** `did you mean "memory"?`; undefined if no candidate is near. */
export function nearHint(word: string, candidates: Iterable<string>): string | undefined {
  const meant = nearest(word, candidates);
  return meant === undefined ? undefined : `did you mean ${show(meant)}?`;
}

/** The near candidate, or all of them if they are few. */
export function didYouMean(word: string, candidates: Iterable<string>, what = "known"): string | undefined {
  const known = [...candidates];
  const near = nearHint(word, known);
  if (near !== undefined) return near;
  if (known.length === 0 || known.length > LISTED_AT_MOST) return undefined;
  return `${what}: ${known.toSorted().join(", ")}`;
}
