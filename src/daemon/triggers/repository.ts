import { relative, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { findGitDir, localRepository } from "./git-dir.ts";
import { IDLE_TRIGGER, type RunningTrigger, type TriggerContext } from "./trigger.ts";

/** One push changes several files. Together they are one trigger. */
const DEBOUNCE_MS = 100;

/**
 * Where git keeps branches: loose, packed, or in a reftable. HEAD changes if a repository renames its branch.
 */
const REF_PATHS = ["HEAD", "packed-refs", "refs/heads", "reftable"];

/**
 * Triggers when a branch of a local repository moves, by a push or a commit. Idle for a repository on another
 * machine. If the repository cannot be watched, the trigger only warns, because the poll sees the changes
 * later.
 */
export async function start(context: TriggerContext): Promise<RunningTrigger> {
  const { repository } = context.settings;
  const folder = repository === undefined ? undefined : localRepository(repository, context.facts.home);
  if (folder === undefined) return IDLE_TRIGGER;
  const gitDir = await findGitDir(context.files, folder);
  if (gitDir === undefined) {
    context.log.warn({ folder }, "the folder is not a git repository; only the poll sees changes");
    return IDLE_TRIGGER;
  }
  return watchRefs(gitDir, context);
}

async function watchRefs(gitDir: string, context: TriggerContext): Promise<RunningTrigger> {
  const debounced = debounce(DEBOUNCE_MS, () => context.trigger("repository"));
  const watcher = watch(gitDir, {
    ignoreInitial: true,
    ignored: (path) => !isRefPath(relative(gitDir, path)),
  });
  watcher.on("all", debounced.call);
  watcher.on("error", (error) => {
    context.log.warn(
      { gitDir, error: String(error), hint: "For ENOSPC raise fs.inotify.max_user_watches with sysctl." },
      "cannot watch the repository; only the poll sees changes",
    );
  });
  await readiness(watcher);
  return {
    stop: async () => {
      debounced.cancel();
      await watcher.close();
    },
  };
}

/** Resolves when the watcher sees all further changes, or has failed. Another listener reports the error. */
function readiness(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.once("ready", () => resolve());
    watcher.once("error", () => resolve());
  });
}

/** Whether a path below the git folder is a ref or leads to one. Lock files of git are neither. */
function isRefPath(path: string): boolean {
  if (path.endsWith(".lock")) return false;
  const name = path.split(sep).join("/");
  return REF_PATHS.some(
    (ref) => name === "" || name === ref || name.startsWith(`${ref}/`) || ref.startsWith(`${name}/`),
  );
}

function debounce(ms: number, callback: () => void): { call: () => void; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => clearTimeout(timer);
  return {
    cancel,
    call: () => {
      cancel();
      timer = setTimeout(callback, ms);
    },
  };
}
