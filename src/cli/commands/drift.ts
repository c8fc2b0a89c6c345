import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { audit } from "../../audit/audit.ts";
import { type DriftReport, isClean } from "../../model/drift.ts";
import { QuadgateError } from "../../model/errors.ts";
import { waitSchema } from "../../model/settings-schema.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session, textOption } from "../command.ts";
import { namedInstances, workingTree } from "../read-arguments.ts";
import type { Terminal } from "../terminal.ts";
import { printDrift } from "../text/drift.ts";
import { time } from "../text/phrases.ts";
import { noteIssues } from "../text/plan.ts";

const WATCH_EVERY = "30s";
const AS_FETCHED = "Compared with the head as last fetched. `quadgate plan` fetches it, and so does a sync.";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[instance...]", "only these instances")
      .option("--head", "compare with the branch's head instead of what was applied")
      .option("--working-tree [folder]", "compare with a checkout as it is")
      .option("--strict", "let warnings count as drift in the exit status")
      .option("--report <file>", "write the report to a file as well: .md or .html")
      .option("--textfile <file>", "write the outcome for Prometheus' textfile collector: .prom")
      .option("--watch [interval]", `look again at an interval (${WATCH_EVERY}); shows what changed`),
  async run(session, args) {
    const { terminal } = session;
    const every = watchInterval(session, args);
    requireOneReference(args);
    const found = await look(session, args);
    if (terminal.json) terminal.printJson(found.report);
    else printDrift(terminal, found.report);
    return every === undefined ? found.code : watch(session, args, every, found.report);
  },
};

interface Found {
  readonly report: DriftReport;
  readonly code: ExitCode;
}

async function look(session: Session, args: Arguments): Promise<Found> {
  const { context, progress, terminal } = session;
  const files = await filesOf(session, args);
  const { report, issues, asFetched } = await audit(context, {
    only: namedInstances(args),
    head: flag(args, "head"),
    workingTree: await workingTree(session, args),
  });
  progress.stop();
  noteIssues(terminal, issues);
  if (asFetched) terminal.note(AS_FETCHED);
  await files?.(report);
  if (issues.length > 0) return { report, code: 1 };
  return { report, code: isClean(report.summary, flag(args, "strict")) ? 0 : 2 };
}

/**
 * Writes the files that the options name; undefined if they name none. Loads the writer only if it is needed.
 */
async function filesOf(
  { context, io }: Session,
  args: Arguments,
): Promise<((report: DriftReport) => Promise<void>) | undefined> {
  const pathOf = (option: string) => {
    const given = textOption(args, option);
    return given === undefined ? undefined : resolve(io.workingFolder, given);
  };
  const files = { report: pathOf("report"), textfile: pathOf("textfile") };
  if (files.report === undefined && files.textfile === undefined) return undefined;
  const { requireForm, writeDriftFiles } = await import("../../audit/report-files.ts");
  requireForm(files);
  return (report) => writeDriftFiles(context, report, files);
}

function requireOneReference(args: Arguments): void {
  if (!flag(args, "head") || args.options.workingTree === undefined) return;
  throw new QuadgateError("bad-usage", "--head and --working-tree cannot be combined", {
    hint: "leave one of them out",
  });
}

function watchInterval({ terminal }: Session, args: Arguments): number | undefined {
  const given = args.options.watch;
  if (given === undefined) return undefined;
  if (terminal.json) {
    throw new QuadgateError("bad-usage", "--watch cannot print one JSON document", {
      hint: "call `quadgate drift --output json` as often as you need it",
    });
  }
  const every = waitSchema.safeParse(typeof given === "string" ? given : WATCH_EVERY);
  if (every.success && every.data > 0) return every.data;
  throw new QuadgateError("bad-usage", `--watch ${String(given)} is not an interval`, {
    hint: "write 30s, 5m or 1h, 24d at most; names of instances go before --watch",
  });
}

/** Looks until it is interrupted, and prints each report that differs from the one before. */
async function watch(session: Session, args: Arguments, every: number, first: DriftReport): Promise<never> {
  const { terminal } = session;
  terminal.note(`Looking again every ${every / 1_000} s. Ctrl-C stops it.`);
  for (let seen = first; ; ) {
    await sleep(every);
    const found = await look(session, args).catch((error: unknown) => explain(terminal, error));
    if (found === undefined) continue;
    const { report } = found;
    if (withoutTime(report) !== withoutTime(seen)) {
      terminal.print(`\n${terminal.colours.dim(time(report.observedAt))}`);
      printDrift(terminal, report);
    }
    seen = report;
  }
}

/** Prints the error; the watch continues, because the host may answer the next time. */
function explain(terminal: Terminal, error: unknown): undefined {
  if (!(error instanceof QuadgateError)) throw error;
  terminal.alert(`${terminal.colours.red("error:")} ${error.message}`);
}

const withoutTime = ({ observedAt: _, ...rest }: DriftReport) => JSON.stringify(rest);
