import { firstForeignByte, withVisibleBytes } from "../lib/bytes.ts";
import type { Issue } from "../model/issue.ts";
import { issue } from "./codes.ts";

/** The first byte that is not UTF-8 in a file that must be UTF-8, as an issue. Columns count characters. */
export function checkEncoding(file: string, text: string, instance?: string): Issue[] {
  const at = firstForeignByte(text);
  if (at === undefined) return [];
  const before = text.slice(0, at).split("\n");
  const place = { file, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  const message = `the byte ${withVisibleBytes(text.charAt(at))} is not UTF-8`;
  return [issue("file-not-utf8", message, { place, instance, hint: "save the file as UTF-8" })];
}
