import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const SKIPPED_FOLDERS = ["node_modules", "dist", ".git"];

/** Paths of all Markdown files below a folder, without those of other packages and of the build. */
export function markdownFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.includes(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** The anchors of a page: its headings, as forges write them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/ /g, "-"),
  );
}

function isBroken(file: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const found = path === "" ? file : join(dirname(file), path);
  if (!existsSync(found)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(found, "utf8")).includes(anchor);
}

/** Each relative link below a folder whose file or heading does not exist, as `file: link`. */
export function brokenLinks(folder: string): readonly string[] {
  return markdownFiles(folder).flatMap((file) => {
    const links = [...readFileSync(file, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const local = links.filter((link) => !/^[a-z]+:/i.test(link));
    return local.filter((link) => isBroken(file, link)).map((link) => `${relative(folder, file)}: ${link}`);
  });
}
