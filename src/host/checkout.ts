import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { QuadgateError } from "../model/errors.ts";

/**
 * Refuses, with `commit-failed`, paths of a working tree that are symbolic links or are below one, because a
 * write to them would end up in another place.
 */
export async function requireNoLinks(folder: string, paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    const parts = path.split("/");
    for (const end of parts.keys()) {
      const part = parts.slice(0, end + 1).join("/");
      const found = await lstat(join(folder, part)).catch(() => undefined);
      if (found?.isSymbolicLink()) throw isLink(folder, part);
    }
  }
}

function isLink(folder: string, path: string): QuadgateError {
  return new QuadgateError("commit-failed", `${join(folder, path)} is a symbolic link`, {
    hint: "put the file or folder itself there: quadgate does not write through links",
  });
}
