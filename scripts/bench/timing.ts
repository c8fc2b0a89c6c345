import type { Lab } from "../../test/lab/harness/lab.ts";

/** Milliseconds of wall time, measured in the lab, so that entering it does not count. */
export async function timed(lab: Lab, command: string): Promise<number> {
  const run = `{ ${command}; } >/dev/null 2>&1`;
  const script = `s=$(date +%s%N); ${run}; e=$(date +%s%N); echo $(( (e - s) / 1000 ))`;
  return Number((await lab.sh(script)).stdout) / 1_000;
}

/** The middle of a list of numbers; NaN if it is empty. */
export function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

/** `1234 ms` */
export const ms = (value: number) => `${Math.round(value)} ms`;

/** Prints a line of a table. */
export const print = (text: string) => void process.stdout.write(`${text}\n`);
