import type { Parameter, Pattern } from "../../model/pattern.ts";
import type { Assignment } from "./assignment.ts";
import { editManifest } from "./edit-manifest.ts";
import { inline } from "./inline-yaml.ts";
import { KEY_NOTES } from "./key-notes.ts";

const WIDTH = 110;

/**
 * The text of a new manifest: the given keys, each with a comment on its meaning, and the pattern's other
 * parameters as comments. Undefined if a path cannot be written.
 */
export function newManifest(
  instance: string,
  pattern: Pattern,
  assignments: readonly Assignment[],
): string | undefined {
  const bare = editManifest("", [{ path: ["pattern"], value: pattern.name }, ...assignments].toSorted(byKey));
  if (bare === undefined) return undefined;
  const title = comment(`${instance}: ${pattern.title}. ${pattern.description}`, "");
  const hint = `# All about it: quadgate pattern show ${pattern.name}\n`;
  const given = new Set(assignments.map(({ path }) => path.join(".")));
  const lines = bare.split("\n").map((line) => annotated(line, pattern));
  const others = Object.entries(pattern.parameters).filter(([name]) => !given.has(`values.${name}`));
  return `${title}${hint}${trailed(lines.join("\n"), others, given)}`;
}

const RANKS = Object.keys(KEY_NOTES);

function byKey({ path: [a] }: Assignment, { path: [b] }: Assignment): number {
  const rank = (key: unknown) => {
    const found = RANKS.indexOf(String(key));
    return found < 0 ? RANKS.length : found;
  };
  return rank(a) - rank(b);
}

/** A line of the manifest, below a comment on the meaning of its key. */
function annotated(line: string, pattern: Pattern): string {
  const [, indent = "", key = ""] = /^( *)([A-Za-z]\w*):/.exec(line) ?? [];
  const note = indent === "" ? KEY_NOTES[key] : pattern.parameters[key]?.description;
  return note ? `${comment(note, indent)}${line}` : line;
}

/** Adds the other parameters as comments below `values`, which is the last key for that reason. */
function trailed(
  text: string,
  others: readonly (readonly [string, Parameter])[],
  given: ReadonlySet<string>,
): string {
  if (others.length === 0) return text;
  const head = [...given].some((path) => path.startsWith("values."))
    ? "# More values of the pattern; take the # away to set one above, below values:\n"
    : "# Values of the pattern; take the # away, also before values:, to set one.\n# values:\n";
  return `${text}\n${head}${others.map(parameterComment).join("")}`;
}

function parameterComment([name, parameter]: readonly [string, Parameter]): string {
  const value = parameter.default ?? parameter.example ?? parameter.values?.[0] ?? "...";
  const choice = parameter.values === undefined ? "" : ` One of ${parameter.values.join(", ")}.`;
  const note = comment(`${parameter.description.trim()}${choice}`, "  ").replaceAll(/^ {2}# /gm, "#   # ");
  return `${note}#   ${name}: ${inline(value)}\n`;
}

/** Wraps a text into comment lines. */
function comment(text: string, indent: string): string {
  const words = text.split(/\s+/).filter(Boolean);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || indent.length + last.length + word.length + 3 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => `${indent}# ${line}\n`).join("");
}
