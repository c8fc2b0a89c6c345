import { messageOf } from "../../../lib/error-message.ts";
import type { Settings } from "../../../model/settings-schema.ts";
import type { Look, Measure, MeasureResult } from "../measure.ts";
import { pathOnHost } from "../report-dir.ts";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Another machine's clock may be a little ahead. */
const FUTURE_TOLERANCE_MS = HOUR_MS;
/** A folder may be on a remote machine that does not answer. */
const TIMEOUT_MS = 10_000;
/**
 * The inode of the root of every btrfs subvolume. Each subvolume is a device of its own. A snapshot keeps the
 * times of its original.
 */
const SUBVOLUME_INODE = "256";
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

type Backup = NonNullable<Settings["health"]["backups"]>[number];

/** Measures when something was last written in the folders that the settings name. */
export const backups: Measure = { name: "backups", read };

async function read(look: Look): Promise<MeasureResult> {
  const looked = await Promise.all(
    (look.settings.backups ?? []).map((backup) =>
      readBackup(look, backup).catch((error: unknown) => ({
        values: [],
        unseen: [`${backup.path}: ${messageOf(error)}`],
      })),
    ),
  );
  return {
    values: looked.flatMap(({ values }) => values),
    unseen: looked.flatMap(({ unseen = [] }) => unseen),
  };
}

async function readBackup({ host }: Look, { path, maxAge }: Backup): Promise<MeasureResult> {
  // find can be killed while it waits for a remote machine; a read by quadgate itself cannot.
  const args = ["-H", pathOnHost(host, path), "-maxdepth", "1", "-printf", "%d %T@ %i %D\n"];
  const result = await host.processes.run("find", args, {
    timeoutMs: TIMEOUT_MS,
    maxOutput: MAX_OUTPUT_BYTES,
  });
  if (result.timedOut) return { values: [{ metric: "disks_silent", value: 1, subject: path }] };
  const entries = result.stdout.split("\n").flatMap(toEntry);
  const missing = result.exitCode !== 0 && /No such file|Not a directory/.test(result.stderr);
  if (entries.length === 0 && !missing) throw new Error(result.stderr.trim() || "find printed nothing");
  if (entries.every(({ isFolder }) => isFolder)) {
    return { values: [{ metric: "backups_missing", value: 1, subject: path }] };
  }
  return readAge(entries, host.clock.now().getTime(), { path, maxAge });
}

/** The folder itself, or an entry in it. */
interface Entry {
  readonly isFolder: boolean;
  readonly ms: number;
  readonly inode: string | undefined;
  readonly device: string | undefined;
}

function toEntry(line: string): readonly Entry[] {
  const [depth, seconds, inode, device] = line.split(" ");
  if (seconds === undefined) return [];
  return [{ isFolder: depth === "0", ms: Number(seconds) * 1_000, inode, device }];
}

/**
 * Any change in a folder sets the folder's own time, so a job that only removes files would keep it fresh.
 */
function readAge(entries: readonly Entry[], now: number, { path, maxAge }: Backup): MeasureResult {
  const own = entries.find(({ isFolder }) => isFolder)?.device;
  const hasSnapshots = entries.some(({ inode, device }) => inode === SUBVOLUME_INODE && device !== own);
  const times = entries.flatMap(({ isFolder, ms }) => (isFolder && !hasSnapshots ? [] : ms));
  const past = times.filter((ms) => ms <= now + FUTURE_TOLERANCE_MS);
  const ahead = times.length - past.length;
  const withTimes = ahead === 1 ? "1 entry has a time" : `${ahead} entries have times`;
  const unseen = ahead === 0 ? [] : [`${path}: ${withTimes} in the future`];
  if (past.length === 0) return { values: [], unseen };
  const age = Math.max(0, now - Math.max(...past));
  const words = age < 2 * DAY_MS ? `${Math.floor(age / HOUR_MS)} h` : `${Math.floor(age / DAY_MS)} days`;
  const limit = maxAge === undefined ? {} : { limit: maxAge / DAY_MS };
  return {
    values: [{ metric: "backup_age_days", value: age / DAY_MS, subject: path, words, ...limit }],
    unseen,
  };
}
