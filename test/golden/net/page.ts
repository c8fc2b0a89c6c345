import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { Said } from "../../support/cli.ts";

const UPDATE = process.env.QUADGATE_UPDATE_GOLDEN === "1";

/** What differs from run to run, or with the wording of what a digest is made of. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\/tmp\/quadgate-repo-\w+/g, "<repositories>"],
  [/\/tmp\/quadgate-fake-\w+/g, "<units>"],
  [/quadlet-generator\[\d+\]/g, "quadlet-generator[PID]"],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>"],
  [/\b\d{8}T\d{6}Z-[0-9a-f]{7,}/g, "<record>"],
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{40}|(?=\d*[a-f])[0-9a-f]{12})\b/g, "<digest>"],
];

const WIDTH = 160;

/** Whose values are times, or names made of one. */
const TIMES: ReadonlySet<string> = new Set(["durationMs", "record"]);

function masked(text: string): string {
  return MASKS.reduce((before, [expression, name]) => before.replaceAll(expression, name), text);
}

/** A document with its order kept; a text of several lines becomes a list, so that one line differs alone. */
function plain(value: unknown, key = ""): unknown {
  if (TIMES.has(key) && value !== null) return `<${key}>`;
  if (typeof value === "string") {
    const lines = masked(value).split("\n");
    return lines.length > 1 ? lines : lines[0];
  }
  if (Array.isArray(value)) return value.map((one) => plain(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, name)]));
}

/** Prints JSON with whatever has room in one line. */
function print(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const rows = Object.entries(value).map(
    ([name, one]) => `${isList ? "" : `${JSON.stringify(name)}: `}${print(one, `${indent} `)}`,
  );
  const line = `${open}${rows.join(", ")}${close}`;
  if (!line.includes("\n") && line.length <= WIDTH) return line;
  return `${open}\n${rows.map((row) => `${indent} ${row}`).join(",\n")}\n${indent}${close}`;
}

function linesOf(text: string): readonly string[] {
  return masked(text)
    .split("\n")
    .filter((line) => line !== "");
}

/** What a command has said, as a golden file holds it: a document by its parts, a text by its lines. */
export function pageOf({ exitCode, stdout, stderr }: Said): string {
  expect(stderr).not.toContain("a defect in quadgate");
  const said: unknown = stdout.startsWith("{") ? plain(JSON.parse(stdout)) : linesOf(stdout);
  return `${print({ exitCode, stderr: linesOf(stderr), stdout: said })}\n`;
}

/** Holds pages against the files of a folder; with QUADGATE_UPDATE_GOLDEN=1 it writes the folder first. */
export function expectPages(folder: string, pages: ReadonlyMap<string, string>): void {
  const pathOf = (name: string) => join(folder, `${name}.json`);
  if (UPDATE) {
    rmSync(folder, { recursive: true, force: true });
    for (const [name, text] of pages) {
      mkdirSync(dirname(pathOf(name)), { recursive: true });
      writeFileSync(pathOf(name), text);
    }
  }
  const known = existsSync(folder) ? readdirSync(folder) : [];
  expect(known.toSorted()).toEqual([...pages.keys()].map((name) => `${name}.json`).toSorted());
  for (const [name, text] of pages) expect.soft(text, name).toBe(readFileSync(pathOf(name), "utf8"));
}
