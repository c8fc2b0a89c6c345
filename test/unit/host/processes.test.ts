import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProcesses, output } from "../../../src/host/processes.ts";
import { CommandError, QuadgateError } from "../../../src/model/errors.ts";

const processes = createProcesses({ GREETING: "hello" });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quadgate-processes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (pid: number) => {
  try {
    // A zombie is dead already, and waits only for somebody to notice.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe("a program that quadgate runs", () => {
  it("gives its outputs and its exit status, whatever that is", async () => {
    const result = await processes.run("sh", [
      "-c",
      'printf "$GREETING $1\\n"; echo bad >&2; exit 3',
      "sh",
      "you",
    ]);
    expect(result).toEqual({ exitCode: 3, stdout: "hello you\n", stderr: "bad\n", timedOut: false });
  });

  it("speaks English, whatever the host's language", async () => {
    const { LC_ALL, LANGUAGE } = process.env;
    Object.assign(process.env, { LC_ALL: "nb_NO.UTF-8", LANGUAGE: "nb:de" });
    try {
      const { stdout } = await processes.run("sh", ["-c", 'echo "$LC_ALL $LANGUAGE."']);
      expect(stdout).toBe("C.UTF-8 .\n");
    } finally {
      delete process.env.LC_ALL;
      delete process.env.LANGUAGE;
      Object.assign(process.env, LC_ALL && { LC_ALL }, LANGUAGE && { LANGUAGE });
    }
  });

  it("gets its input, folder and variables, and no shell reads its arguments", async () => {
    const options = { input: "in", cwd: folder, env: { GREETING: "bye" } };
    const script = 'cat; printf " %s %s %s" "$PWD" "$GREETING" "$1"';
    const { stdout } = await processes.run("sh", ["-c", script, "sh", "$(echo no); *"], options);
    expect(stdout).toBe(`in ${folder} bye $(echo no); *`);
  });

  it("that is missing or may not be run is named with what to do", async () => {
    writeFileSync(join(folder, "plain"), "x");
    for (const file of ["no-such-program-anywhere", join(folder, "plain")]) {
      const error = await processes.run(file, []).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QuadgateError);
      expect(error).toMatchObject({ reason: "command-missing", hint: expect.stringContaining(file) });
      expect((error as QuadgateError).message).toContain(`cannot run ${file}`);
    }
  });

  it("is killed with everything it has started when its time is over", async () => {
    const script = `sleep 60 & echo $! >${folder}/child; echo begun; wait`;
    const began = Date.now();
    const result = await processes.run("sh", ["-c", script], { timeoutMs: 500 });
    expect(result).toMatchObject({ exitCode: undefined, timedOut: true });
    expect(Date.now() - began).toBeLessThan(20_000);
    const child = Number(readFileSync(`${folder}/child`, "utf8"));
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it.each([
    ["in a session of its own", "setsid sh -c"],
    ["whose parent has ended", "(setsid sh -c"],
    ["without its environment", "env -i setsid sh -c"],
  ])("is killed with a process it has started %s", async (_, start) => {
    const end = start.startsWith("(") ? " &);" : " &";
    const script = `${start} 'echo $$ >${folder}/child; exec sleep 60'${end} echo done; sleep 60`;
    const result = await processes.run("sh", ["-c", script], { timeoutMs: 1_000 });
    expect(result).toMatchObject({ exitCode: undefined, timedOut: true });
    const child = Number(readFileSync(`${folder}/child`, "utf8"));
    expect(child).toBeGreaterThan(0);
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it("is killed without the programs that others have started in the meantime", async () => {
    const other = processes.run("sleep", ["3"]);
    await processes.run("sleep", ["20"], { timeoutMs: 200 });
    expect(await other).toMatchObject({ exitCode: 0 });
  });

  it("is waited for only briefly after it ended, even if another process keeps its outputs open", async () => {
    const script = `setsid sleep 60 & echo $! >${folder}/child; echo done; exit 3`;
    const result = await processes.run("sh", ["-c", script], { timeoutMs: 50_000, lingerMs: 200 });
    expect(result).toEqual({ exitCode: 3, stdout: "done\n", stderr: "", timedOut: false });
    const child = Number(readFileSync(`${folder}/child`, "utf8"));
    expect(isAlive(child)).toBe(true);
    process.kill(child);
  });

  it("is ended if it prints more than it may", async () => {
    const result = await processes.run("sh", ["-c", "yes"], { maxOutput: 10_000 });
    expect(result.exitCode).not.toBe(0);
    expect(result.timedOut).toBe(false);
    expect(result.stderr).toContain("more output than 10000 bytes");
    expect(result.stdout.length).toBeLessThanOrEqual(10_000);
  });
});

describe("a program that must succeed", () => {
  it("gives its output", async () => {
    expect(await output(processes, "echo", ["x"])).toBe("x\n");
  });

  it("is an error with the command, its status and its output if it fails", async () => {
    const error = await output(processes, "sh", ["-c", "echo why >&2; exit 4"]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ exitCode: 4, stderr: "why\n", message: expect.stringContaining("why") });
    await expect(output(processes, "sleep", ["20"], { timeoutMs: 200 })).rejects.toThrow(
      "timed out after 200 ms",
    );
  });
});
