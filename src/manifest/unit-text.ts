import type { Issue } from "../model/issue.ts";
import { issue } from "./codes.ts";

/**
 * What podman's parser refuses as a file: one such file makes the generator drop every Quadlet of its
 * directory, so it must not get there. Keys and values are left to the generator itself.
 */
export function checkUnitText(file: string, text: string, instance: string): Issue[] {
  if (text.trim() === "") return [issue("file-empty", "the file is empty", { place: { file }, instance })];
  if (text.includes("\0")) {
    return [issue("unit-invalid", "the file contains a NUL character", { place: { file }, instance })];
  }
  const wrong = firstWrongLine(text.split("\n").map((line) => line.trim()));
  if (!wrong) return [];
  const place = { file, line: wrong.line, column: 1 };
  const hint = "podman would leave out every Quadlet of the folder because of this line";
  return [issue("unit-invalid", wrong.message, { place, instance, hint })];
}

/** A trailing backslash joins the next line; comments and empty lines in between are skipped. */
function firstWrongLine(lines: readonly string[]): { line: number; message: string } | undefined {
  let inSection = false;
  let continued = false;
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const joined = continued;
    continued = line.endsWith("\\");
    if (joined) continue;
    if (/^\[.*\]$/.test(line)) inSection = true;
    else if (line.indexOf("=") < 1 && !continued) {
      return { line: index + 1, message: "the line is neither a [Section], a Key=value nor a comment" };
    } else if (!inSection) return { line: index + 1, message: "the line stands before the first [Section]" };
  }
  return undefined;
}
