import type { SimpleGit } from "simple-git";
import { QuadgateError } from "../model/errors.ts";

/** No manifest, template or mounted configuration is larger; more is a mistake, or meant to exhaust memory. */
const MAX_BLOB_BYTES = 1024 * 1024;

interface Blob {
  readonly id: string;
  readonly path: string;
}

/** Opens git with an optional standard input. */
type OpenGit = (input?: string) => Promise<SimpleGit>;

/** The regular files and links below paths at a commit; submodules are left out. */
export async function listTree(
  git: SimpleGit,
  commit: string,
  paths: readonly string[],
): Promise<readonly Blob[]> {
  const text = await git.raw(["ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", ...paths]);
  return text
    .split("\0")
    .filter(Boolean)
    .flatMap((row) => {
      const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(row);
      if (Number(match?.[4]) > MAX_BLOB_BYTES) throw tooLarge(match?.[5] ?? "");
      // Mode 120000 is a symbolic link: its blob is the target's name, not content that could be deployed.
      return match?.[2] === "blob" && match[1] !== "120000"
        ? [{ id: match[3] ?? "", path: match[5] ?? "" }]
        : [];
    });
}

function tooLarge(path: string): QuadgateError {
  return new QuadgateError("bad-input", `${path} is larger than 1 MiB`, {
    hint: "keep data out of the repository; desired-state/, patterns/, templates/ and files/ are for configuration",
  });
}

/** The texts of blobs, all in one `git cat-file --batch`. */
export async function readBlobs(open: OpenGit, blobs: readonly Blob[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (blobs.length === 0) return texts;
  const git = await open(`${blobs.map((blob) => blob.id).join("\n")}\n`);
  const batch: Buffer = await git.binaryCatFile(["--batch"]);
  let offset = 0;
  for (const blob of blobs) {
    const end = batch.indexOf(10, offset);
    const size = Number(batch.toString("latin1", offset, end).split(" ")[2]);
    texts.set(blob.path, batch.toString("utf8", end + 1, end + 1 + size));
    offset = end + 1 + size + 1;
  }
  return texts;
}

/** A tree that is `head`'s, with everything below `paths` as it was at `target`. Uses a scratch index alone. */
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
