import { constants } from "node:os";
import { execa } from "execa";
import { childrenOf } from "./processes.ts";
import type { LabRecord } from "./registry.ts";

export type LabUser = "homelab" | "root";

/** How a command runs in the lab. */
export interface ExecOptions {
  /** Default: homelab. */
  user?: LabUser;
  /** Added to the environment of a login session of the user; nothing of this process's environment is passed. */
  env?: Record<string, string>;
  input?: string | Uint8Array;
  /** Default: the user's home. */
  cwd?: string;
  /** Default: two minutes; then the command is killed. */
  timeoutMs?: number;
  /** Default: true, an exit code other than 0 throws a LabCommandError. */
  reject?: boolean;
}

/** What came of a command. The outputs come without their last line break. */
export interface ExecResult {
  /** As a shell reports it: 128 and the number of the signal when it was killed by one. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both outputs as they were written. */
  all: string;
  timedOut: boolean;
}

/** Thrown when a command in the lab fails. */
class LabCommandError extends Error {
  readonly result: ExecResult;
  constructor(lab: string, argv: string[], user: LabUser, result: ExecResult) {
    const how = result.timedOut ? "timed out" : `exited ${result.exitCode}`;
    super(`${user}@${lab}: ${argv.join(" ").slice(0, 500)} ${how}\n${result.all}`);
    this.name = "LabCommandError";
    this.result = result;
  }
}

const accounts = {
  homelab: {
    uid: "1000",
    home: "/home/homelab",
    cgroup: "user.slice/user-1000.slice/user@1000.service/lab-exec",
  },
  root: { uid: "0", home: "/root", cgroup: "lab-exec" },
} as const;

// Homelab's commands stand below its user manager, in a cgroup that it owns: systemd may then move them into units, and
// podman need not ask for a scope first. While there is no user manager they stand beside root's.
const enterScript = `
fallback=$1 wanted=$1/$2 uid=$3 init=$4 cwd=$5
shift 5
enter() {
  [ -d "$1" ] || { mkdir "$1" && chown "$2" "$1" "$1/cgroup.procs"; }
  echo 0 >"$1/cgroup.procs"
}
enter "$wanted" "$uid" 2>/dev/null || enter "$fallback/lab-exec" 0 || exit 126
exec nsenter -t "$init" -m -u -i -n -p -C -r -w -- setpriv --reuid "$uid" --regid "$uid" --init-groups \\
  --pdeathsig KILL -- env -C "$cwd" -- "$@"
`;

/** Returns what this machine must run so that the lab runs `argv`, without a shell in between, as in a login session. */
export function enterCommand(lab: LabRecord, argv: string[], options: ExecOptions = {}) {
  if (!lab.init) throw new Error(`lab ${lab.name} does not run`);
  const user = options.user ?? "homelab";
  const { uid, home, cgroup } = accounts[user];
  const args = [
    "-c",
    enterScript,
    "sh",
    lab.cgroup,
    cgroup,
    uid,
    String(lab.init.pid),
    options.cwd ?? home,
    ...argv,
  ];
  const env: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: "/bin/bash",
    LANG: "C.UTF-8",
  };
  if (user === "homelab") {
    env.XDG_RUNTIME_DIR = "/run/user/1000";
    env.DBUS_SESSION_BUS_ADDRESS = "unix:path=/run/user/1000/bus";
  }
  return { file: "/bin/sh", args, env: { ...env, ...options.env } };
}

/** Runs a command in the lab and waits for it. */
export async function exec(lab: LabRecord, argv: string[], options: ExecOptions = {}): Promise<ExecResult> {
  const { file, args, env } = enterCommand(lab, argv, options);
  const result = await execa(file, args, {
    env,
    extendEnv: false,
    reject: false,
    all: true,
    timeout: options.timeoutMs ?? 120_000,
    maxBuffer: 100_000_000,
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
  });
  const signal = result.signal ? 128 + constants.signals[result.signal] : 1;
  const { stdout, stderr, all, timedOut } = result;
  const outcome: ExecResult = { exitCode: result.exitCode ?? signal, stdout, stderr, all, timedOut };
  if (options.reject !== false && outcome.exitCode !== 0) {
    throw new LabCommandError(lab.name, argv, options.user ?? "homelab", outcome);
  }
  return outcome;
}

type SpawnOptions = Omit<ExecOptions, "reject">;

function start(lab: LabRecord, argv: string[], options: SpawnOptions) {
  const { file, args, env } = enterCommand(lab, argv, options);
  const input = options.input === undefined ? {} : { input: options.input };
  const timeout = options.timeoutMs ?? 0;
  return execa(file, args, { env, extendEnv: false, reject: false, all: true, timeout, ...input });
}

/** A command that lasts: what execa returns, whose result never rejects. */
export type LabProcess = ReturnType<typeof start>;

/** Starts a command in the lab that lasts. `kill(signal)` sends the signal to the command itself. */
export function spawn(lab: LabRecord, argv: string[], options: SpawnOptions = {}): LabProcess {
  const child = start(lab, argv, options);
  const killEntrance = child.kill.bind(child);
  const kill = (signal: NodeJS.Signals = "SIGTERM"): boolean => {
    // nsenter waits for the command in its new PID namespace but passes no signal on.
    const inside = child.pid === undefined ? undefined : childrenOf(child.pid)[0];
    return inside === undefined ? killEntrance(signal) : process.kill(inside, signal);
  };
  return Object.assign(child, { kill });
}
