import type { CheckCounts, CheckResult } from "../../model/check.ts";
import type { Terminal } from "../terminal.ts";
import { count, duration, wrap } from "./phrases.ts";

const MARKS = { passed: "✓", failed: "✗", "not-checked": "·" } as const satisfies Record<
  CheckResult["status"],
  string
>;

/**
 * Prints the result of each of an instance's checks. Below a failed check: known causes, and where to look.
 */
export function printChecks(terminal: Terminal, instance: string, results: readonly CheckResult[]): void {
  if (results.length === 0) return;
  const { colours, print, width } = terminal;
  const paints = { passed: colours.green, failed: colours.red, "not-checked": colours.dim };
  print(colours.bold(`Checks of ${instance}:`));
  for (const result of results) {
    const { status, message, durationMs } = result;
    const description = result.description.replace(/\.$/, "");
    const why = status === "not-checked" ? `not checked: ${message}` : `${message}, ${duration(durationMs)}`;
    const line = (text: string) => print(wrap(`      ${text}`, width, "      "));
    print(`  ${paints[status](MARKS[status])} ${wrap(`${description} (${why})`, width - 4, "      ")}`);
    if (status !== "failed") continue;
    if (result.said) line(`it says:   ${result.said}`);
    for (const { symptom, cause, fix } of result.issues) {
      line(`known as:  ${symptom.replace(/[.:]$/, "")}: ${cause}`);
      line(`fix:       ${fix}`);
    }
    line(`look:      ${result.look}`);
  }
}

/** `2 of 3 checks passed, 1 failed` */
export function checksSummary(counts: CheckCounts): string {
  const { passed, failed } = counts;
  const all = passed + failed + counts["not-checked"];
  const parts = [
    passed === all ? `${count(passed, "check")} passed` : `${passed} of ${count(all, "check")} passed`,
    failed > 0 ? `${failed} failed` : "",
    counts["not-checked"] > 0 ? `${counts["not-checked"]} could not be run` : "",
  ];
  return all === 0 ? "" : parts.filter(Boolean).join(", ");
}

/** A result for JSON, without what the service said, which may be anything. */
export function checkDocument({ said: _, ...result }: CheckResult): Omit<CheckResult, "said"> {
  return result;
}
