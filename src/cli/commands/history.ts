import { InvalidArgumentError } from "commander";
import type { SyncRecord } from "../../model/record.ts";
import { readHistory } from "../../status.ts";
import type { Command } from "../command.ts";
import { columns, type Terminal } from "../terminal.ts";
import { shortRevision, time } from "../text/words.ts";

const DEFAULT_LIMIT = 20;

export const command: Command = {
  configure: (command) =>
    command.option("--limit <number>", "how many syncs, newest first", wholeNumber, DEFAULT_LIMIT),
  async run({ context, terminal, progress }, args) {
    const records = await readHistory(context, Number(args.options.limit));
    progress.stop();
    if (terminal.json) terminal.printJson({ schemaVersion: 1, records });
    else if (records.length === 0) terminal.print("No sync yet.");
    else printRecords(terminal, records);
    return 0;
  },
};

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("a whole number from 1 up is needed.");
  return Number(text);
}

function printRecords(terminal: Terminal, records: readonly SyncRecord[]): void {
  const { colours } = terminal;
  const head = ["TIME", "REVISION", "RESULT", "SCORE", "CHANGES", "TRIGGER", ""].map((word) =>
    colours.dim(word),
  );
  const rows = records.map((record) => [
    time(record.finishedAt),
    shortRevision(record.revision),
    paintResult(terminal, record),
    record.score === null ? "-" : String(record.score),
    changesOf(record),
    record.trigger,
    [record.count > 1 ? `x${record.count}` : "", record.forced ? `forced: ${record.forced}` : ""]
      .filter(Boolean)
      .join(" "),
  ]);
  terminal.print(columns([head, ...rows]));
}

function paintResult({ colours }: Terminal, { result }: SyncRecord): string {
  if (result === "applied" || result === "in-sync") return colours.green(result);
  return result === "held" ? colours.yellow(result) : colours.red(result);
}

/** `+1 ~2 -1`: created, updated or restarted, deleted. */
function changesOf({ summary }: SyncRecord): string {
  const parts = [
    summary.create > 0 ? `+${summary.create}` : "",
    summary.update + summary.restart > 0 ? `~${summary.update + summary.restart}` : "",
    summary.delete > 0 ? `-${summary.delete}` : "",
  ];
  return parts.filter(Boolean).join(" ") || "-";
}
