#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { findCommand } from "./cli/command-table.ts";
import type { Io } from "./cli/io.ts";
import type { EarlyStart } from "./host/ahead.ts";
import { PROBE_WORD } from "./host/probe-word.ts";

/** The folder of package.json. This file is in a folder of it: dist/ if it is bundled, else src/. */
const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

function version(): string {
  const text = readFileSync(join(packageFolder, "package.json"), "utf8");
  return String((JSON.parse(text) as { version: unknown }).version);
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  // `once` restores the default action for the second signal.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** Starts the work that a command begins with, while the command itself is still being loaded. */
async function begin(words: readonly string[], signal: AbortSignal): Promise<EarlyStart | undefined> {
  const isHelp = words.some((word) => word === "--help" || word === "-h");
  if (isHelp || !findCommand(words)?.[1].looksFirst) return undefined;
  // V8 reads this whenever it would grow its young space, up to 48 MB. Most of what hundreds of containers
  // leave there is garbage before that.
  setFlagsFromString("--semi-space-growth-factor=1");
  const { lookAhead, readFacts } = await import("./host/create-host.ts");
  return lookAhead(readFacts(process.env, {}, words.includes("--system")), signal);
}

async function main(words: readonly string[]): Promise<number> {
  if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (words[0] === PROBE_WORD) {
    const { probe } = await import("./host/probe.ts");
    process.stdout.write(JSON.stringify(await probe(JSON.parse(words[1] ?? ""))));
    return 0;
  }
  const { createFiles, createHost, readFacts } = await import("./host/create-host.ts");
  const over = new AbortController();
  const begun = await begin(words, over.signal);
  const { runCli } = await import("./cli/run.ts");
  const program = [process.execPath, fileURLToPath(import.meta.url)];
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    environment: process.env,
    workingFolder: process.cwd(),
    packageFolder,
    version: version(),
    program,
    files: createFiles(),
    facts: (settings, system) => readFacts(process.env, settings, system),
    host: (facts) => createHost(facts, program, begun),
    stopSignal,
  };
  try {
    return await runCli(io, words);
  } finally {
    // If the arguments are wrong, the error must not wait for podman.
    over.abort();
  }
}

/**
 * Decides what happens once the output cannot be written. A command that only reads ends; it ends with 0 if
 * its reader has seen enough (`quadgate history | head`). A command that changes something continues, because
 * stopping in the middle would leave the work half done.
 */
function outliveOutput(words: readonly string[]): void {
  const goesOn = findCommand(words)?.[1].changes === true;
  const end = (code: 0 | 1) => {
    if (!goesOn) process.exit(code);
    process.once("exit", () => {
      process.exitCode = Number(process.exitCode) || code;
    });
  };
  for (const stream of [process.stdout, process.stderr]) {
    let broken = false;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (broken) return;
      broken = true;
      if (error.code === "EPIPE") return end(0);
      if (stream === process.stdout)
        process.stderr.write(`error: cannot write the output: ${error.message}\n`);
      return end(1);
    });
  }
}

const words = process.argv.slice(2);
outliveOutput(words);
process.exitCode = await main(words);
