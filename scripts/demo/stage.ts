import pc from "picocolors";
import type { Lab } from "../../test/lab/harness/lab.ts";

/** What the demo says that a command does. */
export interface Claim {
  /** Default: 0. */
  readonly exit?: number;
  /** The output must match each of these. */
  readonly shows?: readonly RegExp[];
  /** The output must match none of these. */
  readonly hides?: readonly RegExp[];
  /** Default: 60 s. */
  readonly timeoutMs?: number;
}

/** The lab does not do what the demo says. */
export class NotAsSaid extends Error {}

const out = (text: string) => process.stdout.write(text);
const onTerminal = process.stdout.isTTY === true;
const MAX_WIDTH = 124;

/** A user at a shell in the lab, who types commands in the work tree and checks their output. */
export class Stage {
  readonly lab: Lab;
  readonly workTree: string;
  private readonly began = Date.now();
  private flows = 0;

  constructor(lab: Lab, workTree: string) {
    this.lab = lab;
    this.workTree = workTree;
  }

  /** Seconds since the demo began. */
  get seconds(): string {
    return ((Date.now() - this.began) / 1000).toFixed(0);
  }

  flow(title: string): void {
    this.flows += 1;
    out(`\n${pc.bold(pc.inverse(` ${this.flows} `))} ${pc.bold(title)} ${pc.dim(`(${this.seconds} s)`)}\n`);
  }

  say(text: string): void {
    out(`\n${pc.cyan(`# ${text}`)}\n`);
  }

  /**
   * Shows the command, runs it in a shell, shows its output, checks it, and returns the output without
   * colours.
   */
  async type(command: string, claim: Claim = {}): Promise<string> {
    out(`${pc.green("$")} ${pc.bold(command.trimEnd())}\n`);
    const child = this.lab.spawn(shellFor(command), {
      cwd: this.workTree,
      timeoutMs: claim.timeoutMs ?? 60_000,
      env: { CI: "1", ...(onTerminal ? { TERM: process.env.TERM ?? "xterm" } : {}) },
    });
    const shown = lineWriter();
    child.all?.setEncoding("utf8").on("data", shown.write);
    const { exitCode } = await child;
    shown.end();
    check(command, exitCode, shown.text(), claim);
    return shown.text();
  }

  /** Runs a command behind the scenes, without showing it. Throws if it fails. */
  async prepare(script: string): Promise<string> {
    return (await this.lab.sh(`set -e\n${script}`, { cwd: this.workTree })).stdout;
  }

  /** Fails the demo unless the condition holds. */
  confirm(what: string, holds: boolean): void {
    if (!holds) throw new NotAsSaid(`not as said: ${what}`);
    out(`${pc.green("✓")} ${what}\n`);
  }

  /** Fails the demo, and shows the lines that differ, unless the texts are equal. */
  confirmEqual(what: string, before: string, after: string): void {
    if (before !== after) throw new NotAsSaid(`not as said: ${what}\n${differences(before, after)}`);
    this.confirm(what, true);
  }
}

function differences(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  return [...gone, ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`)].join("\n");
}

/**
 * On a terminal, the command gets one of its own, so that it prints colours. Its input is empty, so it asks
 * nothing.
 */
function shellFor(command: string): string[] {
  if (!onTerminal) return ["bash", "-c", command];
  return ["script", "-q", "-e", "-c", `exec </dev/null\n${command}`, "/dev/null"];
}

function check(command: string, exitCode: number | undefined, output: string, claim: Claim): void {
  const wanted = claim.exit ?? 0;
  if (exitCode !== wanted)
    throw new NotAsSaid(`"${command}" ended with ${exitCode}, the demo says ${wanted}`);
  for (const pattern of claim.shows ?? []) {
    if (!pattern.test(output)) throw new NotAsSaid(`"${command}" does not show ${pattern}`);
  }
  for (const pattern of claim.hides ?? []) {
    if (pattern.test(output)) throw new NotAsSaid(`"${command}" shows ${pattern}`);
  }
}

const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");

/** Writes whole lines, cut to a readable width, and keeps all of the text without colours. */
function lineWriter(): { write: (chunk: string) => void; end: () => void; text: () => string } {
  let rest = "";
  let all = "";
  const line = (text: string): void => {
    const plain = text.replaceAll("\r", "");
    const bare = plain.replace(COLOURS, "");
    all += `${bare}\n`;
    out(`  ${bare.length > MAX_WIDTH ? `${bare.slice(0, MAX_WIDTH)}…` : plain}\n`);
  };
  return {
    write: (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(line);
    },
    end: () => {
      if (rest !== "") line(rest);
      rest = "";
    },
    text: () => all,
  };
}
