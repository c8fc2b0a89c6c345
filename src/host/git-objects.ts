import type { SimpleGit } from "simple-git";
import { textOf } from "../lib/bytes.ts";
import { MAX_FILE_BYTES, type Refusal } from "../model/tree.ts";

interface Blob {
  readonly id: string;
  readonly path: string;
}

/** Opens git with an optional standard input. */
type OpenGit = (input?: string) => Promise<SimpleGit>;

interface Listing {
  readonly blobs: readonly Blob[];
  /** Paths of those that git runs as programs (mode 100755). */
  readonly executable: ReadonlySet<string>;
  readonly refused: ReadonlyMap<string, Refusal>;
}

/** The plain files below paths at a commit, and the kinds of the entries that are not plain files. */
export async function listTree(git: SimpleGit, commit: string, paths: readonly string[]): Promise<Listing> {
  const text = await git.raw(["ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", ...paths]);
  const blobs: Blob[] = [];
  const executable = new Set<string>();
  const refused = new Map<string, Refusal>();
  for (const row of text.split("\0").filter(Boolean)) {
    const [, mode = "", type = "", id = "", size = "", path = ""] =
      /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(row) ?? [];
    if (type !== "blob") refused.set(path, "submodule");
    // Its blob is the name of the target, not content that could be deployed.
    else if (mode === "120000") refused.set(path, "symbolic-link");
    else if (Number(size) > MAX_FILE_BYTES) refused.set(path, "large-file");
    else blobs.push({ id, path });
    if (mode === "100755") executable.add(path);
  }
  return { blobs, executable, refused };
}

/** The texts of blobs, read by one `git cat-file --batch`. */
export async function readBlobs(open: OpenGit, blobs: readonly Blob[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (blobs.length === 0) return texts;
  const git = await open(`${blobs.map((blob) => blob.id).join("\n")}\n`);
  const batch: Buffer = await git.binaryCatFile(["--batch"]);
  let offset = 0;
  for (const blob of blobs) {
    const end = batch.indexOf(10, offset);
    const size = Number(batch.toString("latin1", offset, end).split(" ")[2]);
    texts.set(blob.path, textOf(batch.subarray(end + 1, end + 1 + size)));
    offset = end + 1 + size + 1;
  }
  return texts;
}

/** The tree of `head`, with everything below `paths` as it was at `target`. Only uses a scratch index. */
export async function replacePaths(
  open: OpenGit,
  options: { head: string; target: string; paths: readonly string[] },
): Promise<string> {
  const git = await open();
  await git.raw(["read-tree", options.head]);
  const present = await git.raw(["ls-files", "-z", "--", ...options.paths]);
  const wanted = await git.raw([
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    options.target,
    "--",
    ...options.paths,
  ]);
  const removals = present
    .split("\0")
    .filter(Boolean)
    .map((path) => `0 ${"0".repeat(40)}\t${path}\0`);
  await (await open(removals.join("") + wanted)).raw(["update-index", "-z", "--index-info"]);
  return (await open()).raw(["write-tree"]);
}
