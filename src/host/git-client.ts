import type { SimpleGit, SimpleGitOptions } from "simple-git";
import { bytesOf } from "../lib/bytes.ts";
import { messageOf } from "../lib/error-message.ts";
import { ENGLISH } from "./processes.ts";

/** The git variables of the caller that stay: how to reach a remote. All others could redirect a command. */
const KEPT_VARIABLES = ["GIT_SSH_COMMAND", "GIT_SSL_CAINFO"];

/** git without prompts, hooks or editors. It ignores that it may be called from inside another repository. */
const OPTIONS: Partial<SimpleGitOptions> = {
  config: ["core.hooksPath=/dev/null", "gc.auto=0", "advice.detachedHead=false"],
  unsafe: { allowUnsafeHooksPath: true, allowUnsafeSshCommand: true },
  allowEnvironment: [...KEPT_VARIABLES, "GIT_TERMINAL_PROMPT", "GIT_INDEX_FILE"],
  timeout: { block: 120_000 },
  trimmed: true,
};

/** git in a folder; `input` is its standard input. */
export async function open(folder: string, input?: string, indexFile?: string): Promise<SimpleGit> {
  const { simpleGit } = await import("simple-git");
  const stdin = input === undefined ? {} : { input: () => bytesOf(input) };
  return simpleGit({ ...OPTIONS, ...stdin, baseDir: folder }).env({
    ...inheritedEnvironment(),
    GIT_TERMINAL_PROMPT: "0",
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
  });
}

/** git in a folder with its full configuration, including hooks. */
export async function openAsConfigured(folder: string): Promise<SimpleGit> {
  const { simpleGit } = await import("simple-git");
  return simpleGit({ ...OPTIONS, config: [], baseDir: folder }).env(inheritedEnvironment());
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  const refused = /^(GIT_.*|.*EDITOR|VISUAL|.*PAGER|PREFIX|SSH_ASKPASS)$/;
  const kept = Object.entries(process.env).filter(
    ([name]) => KEPT_VARIABLES.includes(name) || !refused.test(name),
  );
  return { ...Object.fromEntries(kept), ...ENGLISH };
}

/**
 * git's progress lines of a fetch: `remote: Counting objects:  50% (3/6)`, `From URL`,
 * ` * [new branch] main -> main`.
 */
const PROGRESS = /^(remote: )?([A-Z][a-z]+ [a-z ]+: +\d+(% \(|, done|$)|Total \d)|^From \S+$|^[^!].* -> \S+$/;

/** git's error message, without its advice and its progress lines. */
export function gitMessage(error: unknown): string {
  const text = messageOf(error);
  return text
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(fatal|error): /, "").trim())
    .filter((line) => line !== "" && !/^hint:/.test(line) && !PROGRESS.test(line))
    .slice(0, 3)
    .join("; ");
}
