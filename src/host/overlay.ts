import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bytesOf } from "../lib/bytes.ts";
import { codeOf } from "../lib/error-code.ts";
import type { FolderChanges } from "../model/host.ts";
import type { GeneratorOutput } from "../model/live.ts";
import { unitKindOf } from "../model/unit.ts";

/**
 * Runs the generator over a unit directory as it would be after these changes. A scratch folder holds links
 * to the existing files, so the generator meets the same problems in the links as in the directory. Messages
 * name the paths of the directory.
 */
export async function overlaid(
  folder: string,
  { written, removed }: FolderChanges,
  generateFrom: (folder: string) => Promise<GeneratorOutput>,
): Promise<GeneratorOutput> {
  const scratch = await mkdtemp(join(tmpdir(), "quadgate-"));
  try {
    const sources = written.filter(({ kind }) => kind !== "file");
    attempt(() => mirror(folder, scratch, new Set([...removed, ...sources.map(({ name }) => name)])));
    for (const unit of sources) put(join(scratch, unit.name), unit.content);
    const generated = await generateFrom(scratch);
    const messages = generated.messages.map((row) => ({
      ...row,
      message: row.message.replaceAll(generated.folder, folder),
    }));
    return { ...generated, messages };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function mirror(folder: string, scratch: string, leftOut: ReadonlySet<string>, prefix = ""): void {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      mkdirSync(join(scratch, name));
      attempt(() => mirror(folder, scratch, leftOut, `${name}/`));
    } else if (!leftOut.has(name) && (entry.isSymbolicLink() || isRead(name))) {
      symlinkSync(join(folder, name), join(scratch, name));
    }
  }
}

/** Whether the generator reads the file: sources and drop-ins. */
function isRead(name: string): boolean {
  return unitKindOf(name) !== undefined || name.endsWith(".conf");
}

/** If something is in the way here, it is in the way in the directory too, and the generator reports it. */
function put(path: string, content: string): void {
  attempt(() => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytesOf(content), { mode: 0o600 });
  });
}

const IN_THE_WAY = ["EACCES", "EEXIST", "EISDIR", "ENOENT", "ENOTDIR"];

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!IN_THE_WAY.includes(codeOf(error))) throw error;
  }
}
