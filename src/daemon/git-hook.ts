import { quoteForShell } from "../lib/shell-quoting.ts";
import { QuadgateError } from "../model/errors.ts";

const BEGIN = "# >>> quadgate: written by 'quadgate hook install'; what stands in between is replaced >>>";
const END = "# <<< quadgate <<<";

/**
 * The block of a `post-receive` hook (POSIX sh) that triggers the daemon on a push. It never fails and never
 * delays the push, because it runs detached. It leaves the hook's input, which lists the refs, to other lines
 * of the hook. It does not use the hook's output, which git would wait for.
 */
export function postReceiveHook(quadgatePath: string): string {
  const quoted = quoteForShell(quadgatePath);
  return [
    BEGIN,
    // git's variables for the hook would send quadgate's own git to the repository that receives the push
    `( { unset $(git rev-parse --local-env-vars); exec ${quoted} trigger push; } \\`,
    "  </dev/null >/dev/null 2>&1 & )",
    END,
    "",
  ].join("\n");
}

/**
 * The text of a hook file with the block in it: a new file, or the existing one with its own lines kept. The
 * block goes to the top, because a hook may end in `exit` or `exec`. Merging again changes nothing. Throws
 * `bad-input` if the hook is not a shell script, or holds half a block.
 */
export function mergeHook(existing: string | undefined, block: string): string {
  if (existing === undefined || existing.trim() === "") return `#!/bin/sh\n${block}`;
  const begin = existing.indexOf(BEGIN);
  const end = existing.indexOf(END);
  if (begin >= 0 && end > begin) {
    return existing.slice(0, begin) + block.trimEnd() + existing.slice(end + END.length);
  }
  if (begin >= 0 || end >= 0) {
    throw new QuadgateError("bad-input", "the hook holds only half of quadgate's block", {
      hint: `Remove the lines from "${BEGIN}" to "${END}" and try again.`,
    });
  }
  const shebang = /^#!.*(?:\n|$)/.exec(existing)?.[0] ?? "";
  if (!isShell(shebang)) {
    throw new QuadgateError("bad-input", `the hook is not a shell script: ${shebang.trim()}`, {
      hint: "Make it run this in the background: quadgate trigger push",
    });
  }
  const head = shebang === "" || shebang.endsWith("\n") ? shebang : `${shebang}\n`;
  return head + block + existing.slice(shebang.length);
}

/** Whether a shell runs the hook. git runs a hook without a shebang with sh. */
function isShell(shebang: string): boolean {
  return shebang === "" || /[/ ](?:ba|da|a|k|mk|z)?sh(?:\s|$)/.test(shebang);
}
