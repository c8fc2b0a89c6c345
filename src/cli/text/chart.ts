import type { HealthHistory, ScorePoint } from "../../inspect/history.ts";
import type { Colours, Terminal } from "../terminal.ts";
import { count, time, wrap } from "./phrases.ts";

const EIGHTHS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** Each row stands for ten points of score. */
const ROWS = 10;
const AXIS = 6;
const LABELS = 11;
/** The width if the output is not a terminal. */
const DEFAULT_WIDTH = 80;

const MARKS: Readonly<Record<string, string>> = { failed: "✗", "rolled-back": "✗", held: "h", blocked: "b" };

/** How many scores fit side by side. */
export function chartCapacity({ width }: Pick<Terminal, "width">): number {
  return Math.max(1, (Number.isFinite(width) ? width : DEFAULT_WIDTH) - AXIS - LABELS);
}

/** Prints scores over time as bars, with the gate's limits, and below each bar the result of its sync. */
export function printScores(terminal: Terminal, { points, limits }: HealthHistory): void {
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined) return;
  for (const line of chart(terminal.colours, points, limits, chartCapacity(terminal))) terminal.print(line);
  const scores = points.map(({ score }) => score).sort((a, b) => a - b);
  const median = scores[Math.ceil(scores.length / 2) - 1];
  const text =
    `${count(points.length, "sync")} that had something to apply, ${time(first.at)} to ${time(last.at)}: ` +
    `lowest ${scores[0]}, median ${median}, last ${last.score}.`;
  const width = Number.isFinite(terminal.width) ? terminal.width : DEFAULT_WIDTH;
  terminal.print(wrap(text, width, ""));
}

/** The lines of the chart. None is wider than `capacity` plus the axis and the labels. */
export function chart(
  colours: Colours,
  points: readonly ScorePoint[],
  limits: HealthHistory["limits"],
  capacity: number,
): readonly string[] {
  const cell = Math.min(3, Math.max(1, Math.floor(capacity / points.length)));
  const gap = cell > 1 ? 1 : 0;
  const lines: string[] = [];
  for (let row = ROWS; row >= 1; row -= 1) {
    const names = Object.entries(limits).filter(([, limit]) => rowOf(limit) === row);
    const empty = names.length > 0 ? "·" : " ";
    const bars = points.map((point) => {
      const block = blockAt(point.score, row);
      const painted = block === undefined ? colours.dim(empty) : paint(colours, point)(block);
      return painted.repeat(cell - gap) + (gap > 0 ? colours.dim(empty) : "");
    });
    const axis = row % 2 === 0 ? String(row * 10).padStart(4) : "    ";
    const label = names.length > 1 ? `${limits.block}-${limits.confirm}` : (names[0]?.join(" ") ?? "");
    lines.push(`${axis} │${bars.join("")}${label === "" ? "" : colours.dim(` ${label}`)}`.trimEnd());
  }
  const marks = points.map(({ result }) => (MARKS[result] ?? " ").padEnd(cell)).join("");
  lines.push(`   0 └${"─".repeat(points.length * cell)}`);
  if (marks.trim() !== "") {
    lines.push(`      ${marks}`.trimEnd(), colours.dim("      ✗ failed or put back, h held, b blocked"));
  }
  return lines;
}

/** The row that a score ends in. */
function rowOf(score: number): number {
  return Math.max(1, Math.ceil(score / ROWS));
}

/** What a bar shows in a row: the whole cell, a part of it, or nothing. A score of 0 is a line. */
function blockAt(score: number, row: number): string | undefined {
  if (score >= row * 10) return EIGHTHS[EIGHTHS.length - 1];
  if (rowOf(score) !== row) return undefined;
  const part = (score - (row - 1) * 10) / 10;
  return EIGHTHS[Math.max(0, Math.ceil(part * EIGHTHS.length) - 1)];
}

function paint(colours: Colours, { band }: ScorePoint): (text: string) => string {
  if (band === "block") return colours.red;
  return band === "confirm" ? colours.yellow : colours.green;
}
