import type { BandFigures, Conclusion, Correlation } from "../../inspect/history.ts";
import type { Terminal } from "../terminal.ts";
import { columns } from "./columns.ts";
import { duration, wrap } from "./phrases.ts";

/** Prints how syncs went in each band, and what can be concluded from that. */
export function printCorrelation(terminal: Terminal, { bands, conclusion }: Correlation): void {
  const head = ["BAND", "APPLIED", "FAILED", "UNDONE", "WENT WRONG", "MEDIAN", "HELD", "BLOCKED"];
  terminal.print(columns([head.map((word) => terminal.colours.dim(word)), ...bands.map(rowOf)]));
  terminal.print(wrap(sentence(bands, conclusion), Math.min(terminal.width, 110), ""));
}

function rowOf(figures: BandFigures): readonly string[] {
  const { applied, failed, rolledBack, held, blocked } = figures;
  return [
    figures.band ?? "no score",
    String(applied),
    String(failed),
    String(rolledBack),
    rateOf(figures),
    figures.duration === null ? "-" : duration(figures.duration.median),
    String(held),
    String(blocked),
  ];
}

/** `25 % (7-59)`: the rate, and the 95 % confidence interval of the true rate. */
function rateOf({ failureRate, interval }: BandFigures): string {
  if (failureRate === null || interval === null) return "-";
  return `${percent(failureRate)} % (${interval.map(percent).join("-")})`;
}

function percent(part: number): string {
  return String(Math.round(part * 100));
}

function sentence(bands: readonly BandFigures[], conclusion: Conclusion): string {
  switch (conclusion.kind) {
    case "too-few": {
      const counts = bands
        .filter(({ band }) => band !== null)
        .map(({ band, applied }) => `${band} ${applied}`);
      return (
        `Too few to conclude anything: two bands need ${conclusion.needed} applied syncs each, ` +
        `and there are ${counts.join(", ")}.`
      );
    }
    case "no-difference":
      return "Chance alone can explain the differences between the bands: the ranges in brackets overlap.";
    case "difference":
      return (
        `Syncs in the ${conclusion.worse} band went wrong more often than in the ${conclusion.better} ` +
        "band, by more than chance explains. That does not prove that the score is the cause."
      );
  }
}
