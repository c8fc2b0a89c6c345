import type { Settings } from "../../../model/settings.ts";
import type { Look, Measure, Measured } from "../measure.ts";
import { why } from "../measure.ts";
import { expandHome } from "../report-dir.ts";

const DAY_MS = 24 * 60 * 60_000;
/** A folder may be on another machine that does not answer. */
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

type Backup = NonNullable<Settings["health"]["backups"]>[number];

/** Folders that the settings name: when something in them was last added or written. */
export const backups: Measure = { name: "backups", read };

async function read(look: Look): Promise<Measured> {
  const looked = await Promise.all(
    (look.settings.backups ?? []).map((backup) =>
      readBackup(look, backup).catch((error: unknown) => ({
        values: [],
        unseen: [`${backup.path}: ${why(error)}`],
      })),
    ),
  );
  return {
    values: looked.flatMap(({ values }) => values),
    unseen: looked.flatMap(({ unseen = [] }) => unseen),
  };
}

async function readBackup({ host }: Look, { path, maxAge }: Backup): Promise<Measured> {
  // find can be killed where it waits for another machine; a read of quadgate's own cannot.
  const args = ["-H", expandHome(host, path), "-maxdepth", "1", "-printf", "%d %T@\n"];
  const result = await host.processes.run("find", args, {
    timeoutMs: TIMEOUT_MS,
    maxOutput: MAX_OUTPUT_BYTES,
  });
  if (result.timedOut) return { values: [{ metric: "disks_silent", value: 1, subject: path }] };
  const entries = result.stdout.split("\n").flatMap((line) => {
    const [depth, seconds] = line.split(" ");
    return seconds === undefined ? [] : [{ depth, ms: Number(seconds) * 1_000 }];
  });
  const missing = result.exitCode !== 0 && /No such file|Not a directory/.test(result.stderr);
  if (entries.length === 0 && !missing) throw new Error(result.stderr.trim() || "find says nothing");
  if (!entries.some(({ depth }) => depth === "1")) {
    return { values: [{ metric: "backups_missing", value: 1, subject: path }] };
  }
  const newest = Math.max(...entries.map(({ ms }) => ms));
  const value = Math.floor((host.clock.now().getTime() - newest) / DAY_MS);
  const limit = maxAge === undefined ? {} : { limit: maxAge / DAY_MS };
  return { values: [{ metric: "backup_age_days", value, subject: path, ...limit }] };
}
