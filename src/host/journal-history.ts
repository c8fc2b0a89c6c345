import { QuadgateError } from "../model/errors.ts";
import type { Happening, HappeningKind, Moment } from "../model/evidence.ts";
import type { HostFacts, Processes } from "../model/host.ts";
import { type Json, listAt, textAt } from "../model/live.ts";
import { wallMsOf } from "./unrecorded.ts";

/** The journal is indexed, and answers in milliseconds. A hanging disk must not keep a sync waiting. */
const TIMEOUT_MS = 30_000;

/** The ids of the messages of systemd's managers about units, as in systemd's sd-messages.h. */
const KINDS: ReadonlyMap<string, HappeningKind> = new Map([
  ["7d4958e842da4a758f6c1cdc7b36dcc5", "starting"],
  ["39f53479d3a045ac8e11786248231fbf", "started"],
  ["be02cf6855d2428ba40df7e9d022f03d", "start-failed"],
  ["de5b426a63be47a7b6ac3eaac82e2f6f", "stopping"],
  ["9d1aaa27d60140bd96365438aad20286", "stopped"],
  ["98e322203f7a4ed290d09fe03c09fe15", "exited"],
  ["7ad2d189f7e94e70a38c781354912448", "succeeded"],
  ["d9b373ed55a64feb8242e02dbe79a49c", "failed"],
  ["5eb03494b6584870a536b337290809b3", "restart-scheduled"],
]);

/** The manager whose services' history is read. */
export interface HistoryOf {
  readonly processes: Processes;
  readonly facts: Pick<HostFacts, "rootless" | "uid" | "bootId">;
  /** Milliseconds of CLOCK_MONOTONIC at which the manager started. */
  readonly managerStartMs: number;
}

/** A happening, and which process of the manager said so. */
type Entry = Happening & { readonly manager: string };

/**
 * What happened to services since a moment, oldest first, with the manager's own starts. systemd tells that
 * a start is over, which each service may delay; so the last one comes from the manager's clock, and earlier
 * ones from the change of its process.
 *
 * Undefined if the journal cannot be read, or was shortened beyond a moment of this boot. For a moment of an
 * earlier boot to which it does not reach back (a journal in memory forgets it), this boot is all of the
 * history.
 */
export async function history(
  of: HistoryOf,
  services: readonly string[],
  since: Moment,
): Promise<readonly Happening[] | undefined> {
  const { bootId } = of.facts;
  const reaches = await hasEntry(of.processes, since);
  if (!reaches && (since.boot === bootId || !(await hasEntry(of.processes, { boot: bootId }))))
    return undefined;
  const boots = reaches ? await bootsFrom(of.processes, since.boot, bootId) : [bootId];
  const from = reaches ? since : { boot: bootId, ms: 0 };
  const shown = await journal(of.processes, [...cursor(from), ...matches(of.facts, services, boots)]);
  if (shown === undefined) return undefined;
  const asked = new Set(services);
  const entries = jsonLines(shown)
    .flatMap((line) => toEntry(line, asked) ?? [])
    .filter(({ at }) => at.boot !== since.boot || at.ms >= since.ms);
  const start = managerStarted({ boot: bootId, ms: of.managerStartMs }, wallMsOf(of.managerStartMs));
  const isNew = since.boot !== bootId || of.managerStartMs >= since.ms;
  return withManagerStarts(entries, isNew ? start : undefined);
}

/** Whether the journal has an entry of a boot, at or before a time in it. */
async function hasEntry(processes: Processes, { boot, ms }: { boot: string; ms?: number }): Promise<boolean> {
  const at = ms === undefined ? [] : cursor({ boot, ms });
  const shown = await journal(processes, [...at, "--reverse", "--lines=1", `_BOOT_ID=${boot}`]);
  return shown !== undefined && shown !== "";
}

/** A boot and those after it, as far as journalctl can list them, and this one. */
async function bootsFrom(processes: Processes, boot: string, present: string): Promise<readonly string[]> {
  if (boot === present) return [present];
  const listed = listAt(parse((await journal(processes, ["--list-boots"])) ?? ""));
  const ids = listed.map((row) => textAt(row, "boot_id"));
  const first = ids.indexOf(boot);
  return [...new Set([boot, ...(first < 0 ? [] : ids.slice(first)), present])];
}

/**
 * Where journalctl begins to read. `--since` would follow the time of day, which jumps when a machine
 * without a clock learns the time. journald accepts a cursor of these two parts alone
 * (sd_journal_seek_cursor).
 */
function cursor({ boot, ms }: Moment): readonly string[] {
  return [`--cursor=b=${boot};m=${Math.max(0, Math.round(ms * 1_000)).toString(16)}`];
}

/**
 * journalctl takes longer for each alternative. With more services than this, reading what the manager says
 * of all units is quicker: for 300 services 0.2 s instead of 4.5 s.
 */
const MATCHED_SERVICES = 20;

/**
 * Fields that begin with `_` are journald's own and cannot be forged. Values of one field are alternatives.
 */
function matches(
  { rootless, uid }: HistoryOf["facts"],
  services: readonly string[],
  boots: readonly string[],
): readonly string[] {
  const speaker = rootless ? [`_UID=${uid}`, "_SYSTEMD_USER_UNIT=init.scope"] : ["_PID=1"];
  const unit = rootless ? "USER_UNIT" : "UNIT";
  const named = [...new Set(services)];
  return [
    ...speaker,
    ...boots.map((boot) => `_BOOT_ID=${boot}`),
    ...[...KINDS.keys()].map((id) => `MESSAGE_ID=${id}`),
    // Without a service nothing matches, not everything.
    ...(named.length === 0 ? [""] : named.length > MATCHED_SERVICES ? [] : named).map(
      (name) => `${unit}=${name}`,
    ),
  ];
}

const FIELDS = [
  ...["MESSAGE_ID", "UNIT", "USER_UNIT", "INVOCATION_ID", "USER_INVOCATION_ID"],
  ...["JOB_TYPE", "JOB_RESULT", "UNIT_RESULT", "COMMAND", "_PID"],
];

/** What journalctl prints; undefined if it fails, because then nothing is known. */
async function journal(processes: Processes, args: readonly string[]): Promise<string | undefined> {
  const format = ["--quiet", "--no-pager", "--output=json", `--output-fields=${FIELDS.join(",")}`];
  try {
    const result = await processes.run("journalctl", [...format, ...args], { timeoutMs: TIMEOUT_MS });
    return result.exitCode === 0 && !result.timedOut ? result.stdout : undefined;
  } catch (error) {
    if (error instanceof QuadgateError && error.reason === "command-missing") return undefined;
    throw error;
  }
}

function jsonLines(text: string): readonly Json[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [parse(line)]));
}

/** A line that is cut off is left out. */
function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toEntry(line: Json, asked: ReadonlySet<string>): Entry | undefined {
  const said = KINDS.get(textAt(line, "MESSAGE_ID"));
  const service = textAt(line, "USER_UNIT") || textAt(line, "UNIT");
  // Commands beside the main process (ExecStartPre=, ExecStop=) end as well.
  const isOther = said === "exited" && textAt(line, "COMMAND") !== "ExecStart";
  if (said === undefined || isOther || !asked.has(service)) return undefined;
  const boot = textAt(line, "_BOOT_ID");
  const job = textAt(line, "JOB_TYPE");
  const result = textAt(line, "UNIT_RESULT") || textAt(line, "JOB_RESULT");
  const invocation = textAt(line, "USER_INVOCATION_ID") || textAt(line, "INVOCATION_ID");
  return {
    service,
    // A start whose condition is not met has the message of one that is over, but makes no invocation.
    kind: said === "started" && invocation === "" ? "skipped" : said,
    at: { boot, ms: milliseconds(line, "__MONOTONIC_TIMESTAMP") },
    wallMs: milliseconds(line, "__REALTIME_TIMESTAMP"),
    invocation,
    ...(job === "" ? {} : { job }),
    ...(result === "" ? {} : { result }),
    manager: `${boot} ${textAt(line, "_PID")}`,
  };
}

function milliseconds(line: Json, field: string): number {
  return Math.round(Number(textAt(line, field)) / 1_000);
}

function managerStarted(at: Moment, wallMs: number): Happening {
  return { service: "", kind: "manager-started", at, wallMs, invocation: "" };
}

function withManagerStarts(entries: readonly Entry[], present: Happening | undefined): readonly Happening[] {
  let last = present;
  let before: string | undefined;
  const all = entries.flatMap(({ manager, ...entry }): readonly Happening[] => {
    const isOther = before !== undefined && before !== manager;
    before = manager;
    if (last !== undefined && entry.at.boot === last.at.boot && entry.at.ms >= last.at.ms) {
      const start = last;
      last = undefined;
      return [start, entry];
    }
    return isOther ? [managerStarted(entry.at, entry.wallMs), entry] : [entry];
  });
  return last === undefined ? all : [...all, last];
}
