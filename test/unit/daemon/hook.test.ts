import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mergeHook, postReceiveHook } from "../../../src/daemon/git-hook.ts";
import { git } from "./git.ts";
import { temporaryFolder, until } from "./support.ts";

const BLOCK = postReceiveHook("/usr/local/bin/quadgate");

describe("the text of the hook", () => {
  test("is a POSIX shell script by itself", () => {
    const path = join(temporaryFolder(), "post-receive");
    writeFileSync(path, mergeHook(undefined, BLOCK));
    expect(execFileSync("sh", ["-n", path], { encoding: "utf8" })).toBe("");
    expect(mergeHook(undefined, BLOCK)).toMatch(/^#!\/bin\/sh\n/);
  });

  test("treats an empty hook as none", () => {
    expect(mergeHook("\n", BLOCK)).toBe(mergeHook(undefined, BLOCK));
  });

  test.each([
    ["#!/bin/sh\nread -r old new ref\nexit 0\n"],
    ["#!/usr/bin/env bash\nset -eu\nexec other-hook\n"],
    ["#!/bin/bash -e\necho done"],
    ["echo no first line\n"],
    ["#!/bin/sh"],
  ])("keeps the lines of %j after the first one, below its own", (existing) => {
    const merged = mergeHook(existing, BLOCK);
    const shebang = /^#!.*\n?/.exec(existing)?.[0] ?? "";
    expect(merged.startsWith(shebang)).toBe(true);
    expect(merged.endsWith(existing.slice(shebang.length))).toBe(true);
    expect(merged).toContain(`\n${BLOCK}`.slice(shebang === "" ? 1 : 0));
  });

  test.each([undefined, "#!/bin/sh\nexit 0\n", "#!/bin/sh\nexit 0", "echo x\n"])(
    "does not change if it is merged into %j twice",
    (existing) => {
      const once = mergeHook(existing, BLOCK);
      expect(mergeHook(once, BLOCK)).toBe(once);
    },
  );

  test("replaces an older block in its place, and changes nothing else", () => {
    const older = mergeHook("#!/bin/sh\nexit 0\n", postReceiveHook("/opt/old/quadgate"));
    const newer = mergeHook(older, BLOCK);
    expect(newer).toBe(mergeHook("#!/bin/sh\nexit 0\n", BLOCK));
    expect(newer).not.toContain("/opt/old");
  });

  test("keeps the place of a block that was moved below other lines", () => {
    const moved = `#!/bin/sh\necho first\n${postReceiveHook("/opt/old/quadgate")}echo last\n`;
    expect(mergeHook(moved, BLOCK)).toBe(`#!/bin/sh\necho first\n${BLOCK}echo last\n`);
  });

  test("is not merged into a hook in another language, and the refusal says what to do", () => {
    expect(() => mergeHook("#!/usr/bin/env python3\nprint()\n", BLOCK)).toThrow("not a shell script");
  });

  test("is not merged into half a block", () => {
    const half = mergeHook(undefined, BLOCK).split("\n").slice(0, 2).join("\n");
    expect(() => mergeHook(half, BLOCK)).toThrow("half");
  });
});

describe("the hook in a real repository", () => {
  /** A bare repository whose hook is the existing text merged with a block for this program. */
  function repository(existing: string | undefined, program: (folder: string) => string) {
    const folder = temporaryFolder();
    const [bare, tree] = [join(folder, "homelab.git"), join(folder, "tree")];
    git("/", "init", "-q", "--bare", "-b", "main", bare);
    git("/", "init", "-q", "-b", "main", tree);
    git(tree, "commit", "-q", "--allow-empty", "-m", "One");
    const hook = join(bare, "hooks", "post-receive");
    writeFileSync(hook, mergeHook(existing, postReceiveHook(program(folder))));
    chmodSync(hook, 0o755);
    return { folder, push: () => git(tree, "push", bare, "main") };
  }

  function script(path: string, text: string): string {
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  const read = (path: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };

  test("runs `quadgate trigger push` on a push, also from a path with odd characters", async () => {
    const { folder, push } = repository(undefined, (place) =>
      script(join(place, "quad gate's $HOME"), `echo "$@" > "${place}/called"`),
    );
    push();
    await until(() => read(join(folder, "called")) !== "");
    expect(read(join(folder, "called"))).toBe("trigger push\n");
  });

  test("hides git's own variables of the push from quadgate", async () => {
    const { folder, push } = repository(undefined, (place) =>
      script(
        join(place, "quadgate"),
        `env > "${place}/environment.part"
mv "${place}/environment.part" "${place}/environment"`,
      ),
    );
    push();
    await until(() => read(join(folder, "environment")) !== "");
    expect(read(join(folder, "environment"))).toMatch(/^PATH=/m);
    expect(read(join(folder, "environment"))).not.toMatch(/^GIT_DIR=/m);
  });

  test("lets its other lines still read the list of refs", async () => {
    const { folder, push } = repository(`#!/bin/sh\ncat > "$(dirname "$PWD")/refs"\n`, (place) =>
      script(join(place, "quadgate"), `cat > "${place}/stolen"; echo x > "${place}/called"`),
    );
    push();
    await until(() => read(join(folder, "called")) !== "");
    expect(read(join(folder, "refs"))).toContain("refs/heads/main");
    expect(read(join(folder, "stolen"))).toBe("");
  });

  test("lets a push succeed when quadgate is not installed", () => {
    const { push } = repository(undefined, () => "/nonexistent/quadgate");
    expect(push).not.toThrow();
  });

  test("does not make a push wait for quadgate, nor for what that holds open", async () => {
    const { folder, push } = repository(undefined, (place) =>
      script(
        join(place, "quadgate"),
        `i=0; while [ ! -e "${place}/go" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
echo x > "${place}/called"`,
      ),
    );
    push();
    expect(read(join(folder, "called"))).toBe("");
    writeFileSync(join(folder, "go"), "");
    await until(() => read(join(folder, "called")) !== "");
  });
});
