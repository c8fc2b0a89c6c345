import { join, resolve } from "node:path";
import { mergeHook, postReceiveHook } from "../../daemon/git-hook.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Command } from "../command.ts";

const EXECUTABLE = 0o755;

export const command: Command = {
  configure: (command) =>
    command.argument("<action>", "install").argument("<repository>", "a git repository on this machine"),
  async run({ host, io, terminal }, { words }) {
    const [action, repository = ""] = words;
    if (action !== "install") {
      throw new QuadgateError("bad-usage", `there is no "hook ${action}"`, {
        hint: "write: quadgate hook install REPO.git",
      });
    }
    const hooks = await host.git.hooksFolder(resolve(io.workingFolder, repository));
    const found = await host.files.stat(await host.files.realPath(hooks).catch(() => hooks));
    if (found !== undefined && found.kind !== "directory") {
      throw new QuadgateError("bad-usage", `git's hooks are switched off here: core.hooksPath is ${hooks}`, {
        hint: "see who sets it with: git config --show-origin core.hooksPath",
      });
    }
    const path = join(hooks, "post-receive");
    const merged = mergeHook(
      await host.files.read(path),
      postReceiveHook(join(io.packageFolder, "dist", "quadgate.js")),
    );
    await host.files.write(path, merged, { mode: EXECUTABLE });
    terminal.print(`Installed ${path}: each push makes the daemon look again.`);
    return 0;
  },
};
