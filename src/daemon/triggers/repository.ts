import { relative, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { findGitDir, localRepository } from "./git-dir.ts";
import { IDLE_TRIGGER, type RunningTrigger, type TriggerContext } from "./trigger.ts";

/** One push moves several files; they are one trigger. */
const DEBOUNCE_MS = 100;

/** Where git keeps branches: loose, packed, or in a reftable. HEAD too, for a repository that renames its branch. */
const REF_PATHS = ["HEAD", "packed-refs", "refs/heads", "reftable"];

/**
 * Looks again when a branch of a local repository moves: a push to it or a commit in it. Idle for a repository on
 * another machine. A repository that cannot be watched is only warned about, for the poll reaches it as well.
 */
export async function start(context: TriggerContext): Promise<RunningTrigger> {
  const { repository } = context.settings;
  const folder = repository === undefined ? undefined : localRepository(repository, context.facts.home);
  if (folder === undefined) return IDLE_TRIGGER;
  const gitDir = await findGitDir(context.files, folder);
  if (gitDir === undefined) {
    context.log.warn({ folder }, "no git repository to watch there; only the poll will see changes");
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
      "the repository cannot be watched; only the poll will see changes",
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

/** Resolves when changes from now on are seen, or will not be: an error is reported by its own listener. */
function readiness(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.once("ready", () => resolve());
    watcher.once("error", () => resolve());
  });
}

/** Whether a path below the git folder is a ref or leads to one; git's lock files are neither. */
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
