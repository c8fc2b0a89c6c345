import type { Lab } from "../lab/harness/lab.ts";

/** What a traced program did, by strace. */
export interface Trace {
  readonly exitCode: number;
  readonly stdout: string;
  /** System calls of the program itself (not of what it ran) that write to the file system, or try to. */
  readonly writes: readonly string[];
  /** Command lines that it ran itself. */
  readonly commands: readonly (readonly string[])[];
}

const WRITING = [
  ...["open", "openat", "openat2", "creat", "truncate", "mknod", "mknodat", "utimensat", "mount", "umount2"],
  ...["mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat"],
  ...["link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat"],
  ...["setxattr", "fsetxattr", "bind"],
];
const STARTING = ["execve", "clone", "clone3", "fork", "vfork"];
/** Where every process may write: nothing stays. */
const NOWHERE = /"\/dev\/(null|tty|pts\/\d+)"/;

/** Runs a command in the lab as homelab under strace. */
export async function trace(lab: Lab, argv: readonly string[]): Promise<Trace> {
  const known = WRITING.map((name) => `?${name}`);
  const strace = ["strace", "-f", "-qq", "-s", "4096", "-o", "/tmp/trace", "-u", "homelab"];
  const filter = ["-e", `trace=${[...known, ...STARTING].join()}`, "-e", "signal=none"];
  const { exitCode, stdout } = await lab.exec([...strace, ...filter, ...argv], {
    // Under root's strace programs such as newuidmap keep their rights.
    user: "root",
    cwd: "/home/homelab",
    env: {
      ...{ HOME: "/home/homelab", USER: "homelab", LOGNAME: "homelab", XDG_RUNTIME_DIR: "/run/user/1000" },
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus",
    },
    reject: false,
  });
  return { exitCode, stdout, ...readTrace(await lab.read("/tmp/trace")) };
}

/** Tells the traced program's own threads from its children by who cloned whom and who then ran a program. */
function readTrace(text: string): Pick<Trace, "writes" | "commands"> {
  const calls = callsOf(text);
  const first = calls[0]?.pid ?? "";
  const own = new Set([first]);
  const ran = new Map<string, string[]>();
  const writes: string[] = [];
  const commands: string[][] = [];
  const enter = (child: string) => {
    const words = ran.get(child);
    // A child that has run its program before its maker went on is known already.
    if (words) commands.push(words);
    else own.add(child);
  };
  const run = (pid: string, words: string[]) => {
    ran.set(pid, words);
    if (own.delete(pid)) commands.push(words);
  };
  for (const { pid, call, rest } of calls.filter((one) => one.pid !== first || one.call !== "execve")) {
    const returned = / = (\d+)$/.exec(rest)?.[1];
    if (call === "execve" && returned === "0") run(pid, wordsOf(rest));
    else if (own.has(pid) && STARTING.includes(call)) enter(returned ?? pid);
    else if (own.has(pid) && isWrite(call, rest)) writes.push(`${call}${rest}`);
  }
  return { writes, commands };
}

/** The calls in the order in which they returned; one that another process interrupted stands on two lines. */
function callsOf(text: string) {
  const begun = new Map<string, string>();
  return text.split("\n").flatMap((line) => {
    const [, pid = "", call = "", rest = ""] = /^(\d+) +(\w+)(\(.*)$/.exec(line) ?? [];
    const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/.exec(line);
    if (resumed) {
      const [, by = "", name = "", end = ""] = resumed;
      return [{ pid: by, call: name, rest: `${begun.get(by) ?? ""}${end}` }];
    }
    if (!rest.endsWith("<unfinished ...>")) return call === "" ? [] : [{ pid, call, rest }];
    begun.set(pid, rest.replace("<unfinished ...>", ""));
    return [];
  });
}

function isWrite(call: string, rest: string): boolean {
  if (!call.startsWith("open")) return true;
  return /O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)/.test(rest) && !NOWHERE.test(rest);
}

function wordsOf(rest: string): string[] {
  const list = /\[(.*)\], 0x/.exec(rest)?.[1] ?? "";
  return [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? "");
}
