import { describeSummary } from "../../model/plan.ts";
import type { HeldPlan } from "../../model/record.ts";

/** `850 ms`, `1.2 s`, `3 min 20 s`, `4 min`, `1 h 5 min`. Rounded before it is split into units. */
export function duration(milliseconds: number): string {
  if (Math.round(milliseconds) < 1_000) return `${Math.round(milliseconds)} ms`;
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  const minutes = Math.round(seconds / 60);
  if (seconds < 3_600) return inUnits(seconds, [60, "min"], "s");
  return inUnits(minutes, [60, "h"], "min");
}

/** `3 min 20 s`; the smaller unit is left out if there is none of it. */
function inUnits(amount: number, [size, large]: readonly [number, string], small: string): string {
  const rest = amount % size;
  return `${Math.floor(amount / size)} ${large}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}

/** `1 change`, `3 changes` */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** The first twelve characters of a commit id, or `working tree` if there is none. */
export function shortRevision(revision: string | null): string {
  return revision === null ? "working tree" : revision.slice(0, 12);
}

/** Says that a plan waits for a person, what it would do, and how to let it through unless it is approved. */
export function heldLine({ digest, summary, score, at }: HeldPlan, approved?: string): string {
  const judged = score === null ? "" : `, score ${score}`;
  const id = digest.slice(0, 12);
  const next = approved === digest ? "" : ` Let it through with: quadgate approve ${id}`;
  return `Held since ${time(at)}: ${describeSummary(summary)}${judged}.${next}`;
}

/** `2025-11-14 21:03:11` in UTC, from an ISO time. */
export function time(iso: string): string {
  return iso.replace("T", " ").replace(/\.\d+/, "");
}

/**
 * Breaks a text at blanks so that no line is longer than `width`. Further lines begin with `indent`. A longer
 * word stays whole, and so do the blanks at the start of the text.
 */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  const body = text.trimStart();
  const [first = "", ...words] = body.split(" ");
  let line = text.slice(0, text.length - body.length) + first;
  for (const word of words) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

/** A unit's name, with the service if that is an instance of a template, because those share one unit. */
export function unitTitle({
  unit,
  service,
}: {
  readonly unit: string;
  readonly service: string | null;
}): string {
  return service !== null && /@[^.]/.test(service) ? `${unit} (${service})` : unit;
}
