import { join, normalize } from "node:path";
import { expandHome } from "../../lib/expand-home.ts";
import type { HealthResult } from "../../model/health.ts";
import type { FileStat } from "../../model/host.ts";
import type { HealthHost } from "./host.ts";
import { checkAge, failure, readReport } from "./report.ts";

const REPORT_NAME = /^intel-.*\.json$/;
const MAX_REPORT_BYTES = 4 * 1024 * 1024;
/** File times come from the kernel's coarse clock; some file systems round them to 2 s. */
const COARSE_CLOCK_MS = 2_000;
/** Another run may be writing the newest file at this moment. */
const ATTEMPTS = 5;
const RETRY_MS = 200;

/** A folder to which a health command writes one file per run. */
export interface ReportDir {
  readonly path: string;
  /** Reports by file name. */
  list(): Promise<ReadonlyMap<string, FileStat>>;
}

interface Found {
  readonly name: string;
  readonly stat: FileStat;
}

type ReportFilter = (name: string, stat: FileStat) => boolean;

export function openReportDir(host: HealthHost, reportDir: string): ReportDir {
  const path = pathOnHost(host, reportDir);
  return { path, list: () => listReports(host, path) };
}

/** A path from the settings. `~/x` is below the home folder of the user that quadgate runs as. */
export function pathOnHost({ facts }: Pick<HealthHost, "facts">, path: string): string {
  return path.startsWith("~/") ? normalize(expandHome(path, facts.home)) : path;
}

/** The newest report in the folder, whoever wrote it, unless it is older than `maxAgeMs`. */
export async function askReportDir(
  host: HealthHost,
  folder: ReportDir,
  maxAgeMs: number,
): Promise<HealthResult> {
  const provider = "report";
  const found = await readNewest(host, folder, provider, { wanted: () => true, orOlder: false });
  if (!found) return failure("report-missing", provider, `there is no health report in ${folder.path}`);
  const { result, source, stat } = found;
  const now = host.clock.now();
  if (result.ok && now.getTime() - stat.mtimeMs > maxAgeMs) {
    const written = new Date(stat.mtimeMs).toISOString();
    const limit = `health.maxAge is ${maxAgeMs / 1000} s`;
    const message = `the health report is too old: ${source} was written at ${written}, and ${limit}`;
    return failure("report-stale", provider, message);
  }
  return checkAge(result, source, now, maxAgeMs);
}

/**
 * The newest report written since `startedAt`, or undefined. `before` is the folder as it was then: a file
 * that has not changed since belongs to an older run, whatever its time says. If the newest report cannot be
 * read because another run is still writing it, the one before it counts, because it was written in this time
 * too.
 */
export async function readReportSince(
  host: HealthHost,
  folder: ReportDir,
  provider: string,
  since: { readonly startedAt: Date; readonly before: ReadonlyMap<string, FileStat> },
): Promise<{ readonly result: HealthResult; readonly source: string } | undefined> {
  const wanted: ReportFilter = (name, stat) => {
    const old = since.before.get(name);
    const changed = old === undefined || old.mtimeMs !== stat.mtimeMs || old.size !== stat.size;
    return changed && stat.mtimeMs >= since.startedAt.getTime() - COARSE_CLOCK_MS;
  };
  return readNewest(host, folder, provider, { wanted, orOlder: true });
}

interface ReportRead {
  readonly result: HealthResult;
  readonly source: string;
  readonly stat: FileStat;
}

async function readNewest(
  host: HealthHost,
  folder: ReportDir,
  provider: string,
  which: { readonly wanted: ReportFilter; readonly orOlder: boolean },
): Promise<ReportRead | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const [newest, ...older] = newestFirst(await folder.list(), which.wanted);
    if (newest === undefined) return undefined;
    const read = await readFound(host, folder, provider, newest);
    if (!isUnreadable(read)) return read;
    if (attempt === ATTEMPTS)
      return (which.orOlder && (await firstReadable(host, folder, provider, older))) || read;
    await host.clock.sleep(RETRY_MS);
  }
}

async function firstReadable(
  host: HealthHost,
  folder: ReportDir,
  provider: string,
  candidates: readonly Found[],
): Promise<ReportRead | undefined> {
  for (const found of candidates) {
    const read = await readFound(host, folder, provider, found);
    if (!isUnreadable(read)) return read;
  }
  return undefined;
}

function isUnreadable({ result }: ReportRead): boolean {
  return !result.ok && result.code === "report-invalid";
}

async function readFound(
  host: HealthHost,
  folder: ReportDir,
  provider: string,
  found: Found,
): Promise<ReportRead> {
  const source = join(folder.path, found.name);
  return { result: await readFile(host, source, provider, found.stat), source, stat: found.stat };
}

async function readFile(
  host: HealthHost,
  source: string,
  provider: string,
  stat: FileStat,
): Promise<HealthResult> {
  if (stat.size > MAX_REPORT_BYTES) {
    const size = `has ${stat.size} bytes; quadgate reads at most ${MAX_REPORT_BYTES}`;
    const message = `the health report is not valid: ${source} ${size}`;
    return failure("report-invalid", provider, message);
  }
  const text = await host.files.read(source);
  if (text === undefined) {
    return failure("report-missing", provider, `${source} disappeared before quadgate read it`);
  }
  return readReport(text, { provider, source, observedAt: new Date(stat.mtimeMs) });
}

function newestFirst(reports: ReadonlyMap<string, FileStat>, wanted: ReportFilter): readonly Found[] {
  return [...reports]
    .filter(([name, stat]) => wanted(name, stat))
    .map(([name, stat]) => ({ name, stat }))
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs || (a.name < b.name ? 1 : -1));
}

async function listReports(host: HealthHost, path: string): Promise<ReadonlyMap<string, FileStat>> {
  const names = (await host.files.list(path)).filter((name) => REPORT_NAME.test(name));
  const stats = await Promise.all(
    names.map(async (name) => [name, await host.files.stat(join(path, name))] as const),
  );
  // Links are left out: a link's target is listed under its own name, or is not a report of this folder.
  return new Map(stats.filter((entry): entry is readonly [string, FileStat] => entry[1]?.kind === "file"));
}
