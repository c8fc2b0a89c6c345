import { inTime } from "../../lib/bounded-regexp.ts";
import type { CommonIssue, InstanceCheck } from "../../model/check.ts";
import type { CheckObservation } from "./looked.ts";

/** Shorter quotations (`no`, `403`) would match anything. */
const QUOTED_LEAST = 6;

/**
 * The common issues that a failed check looks like. Their symptom names the status of the answer, quotes
 * something from the output, or matches what the check looks for in the log.
 */
export function fittingIssues(
  check: InstanceCheck,
  found: Pick<CheckObservation, "message" | "said" | "answered">,
  issues: readonly CommonIssue[],
): readonly CommonIssue[] {
  const { answered } = found;
  const text = `${found.message}\n${found.said ?? ""}`.toLowerCase();
  return issues.filter(({ symptom }) => {
    if (answered !== undefined && new RegExp(`\\b${answered}\\b`).test(symptom)) return true;
    if (check.check === "no-log" && !("problem" in check) && isFoundIn(check.match, symptom)) return true;
    return quotations(symptom).some((quoted) => text.includes(quoted.toLowerCase()));
  });
}

function isFoundIn(source: string, text: string): boolean {
  return inTime(() => new RegExp(source).test(text)) === true;
}

/** The texts in quotes or backticks, split at each `...`. */
function quotations(text: string): readonly string[] {
  const quoted = [...text.matchAll(/"([^"]+)"|`([^`]+)`/g)].map((match) => match[1] ?? match[2] ?? "");
  return quoted
    .flatMap((one) => one.split("..."))
    .map((piece) => piece.trim())
    .filter((piece) => piece.length >= QUOTED_LEAST);
}
