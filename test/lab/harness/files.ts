import { readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { execa } from "execa";
import { type ExecOptions, type ExecResult, exec, type LabUser } from "./enter.ts";
import type { LabRecord } from "./registry.ts";

/** Who a file in the lab belongs to; the default is homelab, and the mode that its umask gives. */
export interface FileOptions {
  user?: LabUser;
  /** Octal, as in "0640". */
  mode?: string;
}

// All of this runs inside the lab, never through /proc/PID/root: an absolute link there would lead out of the lab.

/** Runs a bash script in the lab. */
export function sh(lab: LabRecord, script: string, options: ExecOptions = {}): Promise<ExecResult> {
  return exec(lab, ["bash", "-c", script], options);
}

/** Writes a file and makes the folders above it. */
export async function write(
  lab: LabRecord,
  path: string,
  content: string | Uint8Array,
  { user = "homelab", mode }: FileOptions = {},
): Promise<void> {
  const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && if [ "$2" ]; then chmod "$2" "$1"; fi';
  await exec(lab, ["bash", "-c", script, "write", path, mode ?? ""], { user, input: content });
}

/** Returns a file's text, whoever may read it. */
export async function read(lab: LabRecord, path: string): Promise<string> {
  const { stdout } = await exec(lab, ["sh", "-c", 'cat "$1" && echo .', "read", path], { user: "root" });
  return stdout.slice(0, -1);
}

/** Tells whether there is anything at the path; a dangling link counts. */
export async function exists(lab: LabRecord, path: string): Promise<boolean> {
  const argv = ["sh", "-c", '[ -e "$1" ] || [ -L "$1" ]', "exists", path];
  return (await exec(lab, argv, { user: "root", reject: false })).exitCode === 0;
}

/** Makes a folder and those above it. */
export async function mkdir(
  lab: LabRecord,
  path: string,
  { user = "homelab", mode }: FileOptions = {},
): Promise<void> {
  await exec(lab, ["mkdir", "-p", ...(mode ? ["-m", mode] : []), path], { user });
}

/** Copies a file or a folder's content of this machine to a path in the lab, owned by the user. */
export async function copyIn(
  lab: LabRecord,
  from: string,
  to: string,
  options: FileOptions = {},
): Promise<void> {
  if (!statSync(from).isDirectory()) {
    const mode = (statSync(from).mode & 0o777).toString(8);
    return write(lab, to, readFileSync(from), { mode, ...options });
  }
  const { stdout } = await execa("tar", ["-C", from, "-c", "."], { encoding: "buffer" });
  const script = 'mkdir -p "$1" && tar -C "$1" --no-same-owner -x';
  await exec(lab, ["sh", "-c", script, basename(to), to], { user: options.user ?? "homelab", input: stdout });
}

/** Returns a bash script that writes files (null deletes) below the folder it runs in, in one go. */
export function writeScript(files: Record<string, string | null>): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const folders = new Set(Object.keys(files).map((path) => dirname(path)));
  const lines = [`mkdir -p -- ${[...folders].map(quote).join(" ")}`];
  for (const [path, content] of Object.entries(files)) {
    lines.push(content === null ? `rm -rf -- ${quote(path)}` : `printf %s ${quote(content)} >${quote(path)}`);
  }
  return `set -e\n${lines.join("\n")}\n`;
}
