import { expect, test } from "vitest";
import { markOutput, splitPieces } from "../../../src/render/marks.ts";
import { mergeLines, parseTemplate, printUnit } from "../../../src/render/unit-text.ts";

const parse = (text: string) => parseTemplate(splitPieces(text));

test("comments and blank lines of a template are dropped, and indentation does not matter", () => {
  const parsed = parse("# why\n\n  [Container]\n    Image = x\n; and\n");
  expect(parsed.sections).toEqual(["Container"]);
  expect(parsed.lines).toEqual([
    { section: "Container", key: "Image", value: [{ text: "x", output: false }] },
  ]);
  expect(parsed.faults).toEqual([]);
});

test("a value with line breaks stays on the line of its key", () => {
  const parsed = parse(`[Container]\nImage=${markOutput("x\n[Service]\nExecStartPre=y")}\nUser=1`);
  expect(parsed.sections).toEqual(["Container"]);
  expect(parsed.lines.map((line) => line.key)).toEqual(["Image", "User"]);
});

test.each([
  ["a value cannot begin a line", `[Container]\n${markOutput("Image=x")}`],
  ["a value cannot be part of a key", `[Container]\nIm${markOutput("a")}ge=x`],
  ["a value cannot name a section", `[${markOutput("Container")}]`],
  ["a key needs a section", "Image=x"],
  ["text that is no line of a unit file is refused", "[Container]\nnonsense"],
  ["lines are not continued", "[Container]\nExec=a \\\nUser=b"],
])("in the text of a unit, %s", (_name, text) => {
  expect(parse(text).faults).toHaveLength(1);
});

test("the last of several lines of a single-value key wins at the place of the first, others add up", () => {
  const line = (key: string, value: string) => ({ section: "Container", key, value });
  const merged = mergeLines([
    line("Image", "a"),
    line("Volume", "v"),
    line("Image", "b"),
    line("Volume", "w"),
  ]);
  expect(merged.map((one) => one.value)).toEqual(["b", "v", "w"]);
});

test("sections of a unit are printed in the usual order, each once", () => {
  const lines = [
    { section: "Install", key: "WantedBy", value: "default.target" },
    { section: "Container", key: "Image", value: "x" },
    { section: "Install", key: "Alias", value: "y" },
    { section: "Unit", key: "After", value: "z" },
  ];
  const { text, numbers } = printUnit(["hello"], ["Volume"], lines);
  expect(text).toBe(
    "# hello\n\n[Unit]\nAfter=z\n\n[Volume]\n\n[Container]\nImage=x\n\n[Install]\nWantedBy=default.target\nAlias=y\n",
  );
  expect([...numbers.values()].toSorted((a, b) => a - b)).toEqual([4, 9, 12, 13]);
});
