import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import { createFiles } from "../../src/host/files.ts";
import { connect, type TestRepository, type World } from "./fake-host/index.ts";

export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the process lends to a command, with a fake machine below it and its outputs caught. */
export interface Stage {
  readonly io: Io;
  readonly output: () => Omit<Said, "exitCode">;
}

export interface StageOptions {
  readonly repository?: TestRepository;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the outputs claim to be a terminal. */
  readonly terminal?: boolean;
}

export function stage(world: World, { repository, environment, terminal = false }: StageOptions = {}): Stage {
  const [out, err] = [collector(), collector()];
  const settings = {
    QUADGATE_HEALTH_COMMAND: "homelab-intel",
    QUADGATE_VERIFY_TIMEOUT: "6s",
    ...(repository && { QUADGATE_REPOSITORY: repository.path }),
  };
  const io: Io = {
    stdout: Object.assign(out.stream, { isTTY: terminal, ...(terminal && { columns: 80 }) }),
    stderr: Object.assign(err.stream, { isTTY: false }),
    stdin: new PassThrough(),
    environment: { HOME: world.facts.home, CI: "1", ...settings, ...environment },
    workingFolder: "/",
    packageFolder: join(import.meta.dirname, "../.."),
    version: "1.2.3",
    program: ["node", "quadgate.js"],
    files: createFiles(),
    facts: () => world.facts,
    host: () => connect(world, repository).host,
    stopSignal: () => new AbortController().signal,
  };
  return { io, output: () => ({ stdout: out.text(), stderr: err.text() }) };
}

function collector() {
  const parts: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      parts.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => parts.join("") };
}

/** Runs one command as a process would. */
export async function run(world: World, options: StageOptions, ...words: readonly string[]): Promise<Said> {
  const { io, output } = stage(world, options);
  const exitCode = await runCli(io, words);
  return { exitCode, ...output() };
}
