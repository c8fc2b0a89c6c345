import Table from "cli-table3";

const NO_BORDERS = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
    .map((name) => [name, ""]),
);

/** Aligns rows in columns, with two blanks between and without borders. */
export function columns(rows: readonly (readonly string[])[], indent = 0): string {
  const table = new Table({
    chars: { ...NO_BORDERS, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  const pad = " ".repeat(indent);
  return table
    .toString()
    .split("\n")
    .map((line) => pad + line.trimEnd())
    .join("\n");
}
