import type { Issue } from "../model/issue.ts";
import { issue } from "./codes.ts";
import { checkEncoding } from "./encoding.ts";

/**
 * What podman's parser refuses in a file. One such file makes the generator drop every Quadlet of its
 * directory, so it must not get there. The generator itself judges keys and values.
 */
export function checkUnitText(file: string, text: string, instance: string): Issue[] {
  const unreadable = checkReadable(file, text, instance);
  if (unreadable.length > 0) return unreadable;
  if (text.startsWith("\uFEFF")) {
    return [
      issue("unit-invalid", "the file starts with a byte order mark", {
        place: { file, line: 1, column: 1 },
        instance,
      }),
    ];
  }
  const wrong = firstWrongLine(
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => line.trim()),
  );
  if (!wrong) return [];
  const place = { file, line: wrong.line, column: 1 };
  const hint = "because of this line, podman would ignore every Quadlet in the folder";
  return [issue("unit-invalid", wrong.message, { place, instance, hint })];
}

/** What systemd does not take as a unit: an empty file is a masked one. An empty drop-in is none. */
export function checkPlainText({ file, text, name: instance, unit, main }: PlainFile): Issue[] {
  if (unit === main && text.trim() === "") {
    const hint = "systemd takes an empty unit for a masked one";
    return [issue("file-empty", "the file is empty", { place: { file }, instance, hint })];
  }
  return checkReadable(file, text, instance);
}

/** What systemd loads in no unit: a NUL, and bytes that are not UTF-8 outside of comments. */
function checkReadable(file: string, text: string, instance: string): Issue[] {
  if (text.includes("\0"))
    return [issue("unit-invalid", "the file contains a NUL character", { place: { file }, instance })];
  // Comments of the same length keep the places.
  const values = text.replace(/^[ \t]*[#;].*$/gm, (comment) => "#".repeat(comment.length));
  return checkEncoding(file, values, instance).map((one) => ({
    ...one,
    message: `${one.message}, and systemd loads no unit with such a line`,
    hint: "save the file as UTF-8; only comments may contain other bytes",
  }));
}

/** A plain systemd unit, or a drop-in of one, as it is in the repository. */
interface PlainFile {
  readonly file: string;
  readonly text: string;
  readonly name: string;
  readonly unit: string;
  readonly main: string;
}

interface LogicalLine {
  readonly text: string;
  /** 1-based number of its first line in the file. */
  readonly line: number;
}

/** The first line that podman's parser refuses, by pkg/systemd/parser/unitfile.go of podman 5. */
function firstWrongLine(lines: readonly string[]): { line: number; message: string } | undefined {
  let inSection = false;
  for (const { text, line } of logicalLines(lines)) {
    const section = /^\[([^\]]*)\][ \t]*$/.exec(text)?.[1];
    if (section !== undefined) {
      if (section === "" || section.includes("["))
        return { line, message: "the [Section] has no valid name" };
      inSection = true;
      continue;
    }
    if (text.indexOf("=") < 1) {
      return { line, message: "the line is neither a [Section], a Key=value nor a comment" };
    }
    if (!inSection) return { line, message: "the line comes before the first [Section]" };
  }
  return undefined;
}

/** Lines without comments; a trailing backslash joins the next line, over comments and empty lines. */
function logicalLines(lines: readonly string[]): LogicalLine[] {
  const found: LogicalLine[] = [];
  let joined = "";
  let start = 0;
  for (const [index, line] of lines.entries()) {
    if (isComment(line)) continue;
    if (joined === "") start = index + 1;
    joined += line.replace(/\\$/, "");
    if (line.endsWith("\\") && index < lines.length - 1) continue;
    if (!isComment(joined)) found.push({ text: joined, line: start });
    joined = "";
  }
  return found;
}

const isComment = (line: string): boolean => line === "" || line.startsWith("#") || line.startsWith(";");
