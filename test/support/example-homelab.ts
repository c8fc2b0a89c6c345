import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readFolder } from "../unit/render/builder.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = ["desired-state", "files"];

/** The example homelab as a repository holds it: path to content. */
export const EXAMPLE_HOMELAB: ReadonlyMap<string, string> = new Map([
  ...FOLDERS.flatMap((folder) =>
    [...readFolder(join(ROOT, folder))].map(([path, text]) => [`${folder}/${path}`, text] as const),
  ),
  ["quadgate.yaml", readFileSync(join(ROOT, "quadgate.yaml"), "utf8")],
]);

/** The commands of a section of its README, one text for each block. */
export function commandsOf(section: string): readonly string[] {
  const readme = EXAMPLE_HOMELAB.get("desired-state/README.md") ?? "";
  const text = readme.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? "";
  const blocks = text.split("\n\n").filter((block) => block.startsWith("    "));
  return blocks.map((block) => block.replace(/^ {4}/gm, ""));
}
