import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";

/** A function longer than that is split; blank lines and comments count. */
const MOST_LINES = 40;
/** Biome formats code to 110 columns, but leaves comments and strings as they are. */
const MOST_COLUMNS = 110;

interface Span {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

type Syntax = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly start: number;
  readonly end: number;
};

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

/** Every function of a TypeScript text, of whatever form, outer ones before the functions inside them. */
function functionsOf(text: string): readonly Span[] {
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const found: Span[] = [];
  const visit = (value: unknown, name: string, start: number | undefined): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, name, undefined);
    if (!isSyntax(value)) return;
    if (FUNCTIONS.has(value.type)) {
      // A method starts at its name, not at the parenthesis after it.
      const line = lineAt(start ?? value.start);
      found.push({ name: nameOf(value) ?? name, line, lines: lineAt(value.end) - line + 1 });
    }
    const own = nameOf(value) ?? name;
    const isMethod = value.type === "MethodDefinition" || value.method === true;
    for (const [key, child] of Object.entries(value))
      visit(child, own, isMethod && key === "value" ? value.start : undefined);
  };
  visit(parseAst(text, { lang: "ts" }), "(anonymous)", undefined);
  return found;
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** The name that a declaration, a variable, a method or a property gives to the function in it. */
function nameOf({ id, key }: Syntax): string | undefined {
  const named = id ?? key;
  return isSyntax(named) && typeof named.name === "string" ? named.name : undefined;
}

/** Code points, so that a character outside the basic plane counts once. */
function longLines(text: string): readonly { readonly line: number; readonly columns: number }[] {
  return text
    .split("\n")
    .map((content, index) => ({ line: index + 1, columns: [...content].length }))
    .filter(({ columns }) => columns > MOST_COLUMNS);
}

const sources = ["src", "scripts"].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => ({ path: join(root, file), text: readFileSync(join(root, file), "utf8") })),
);

describe("the source code", () => {
  it(`has no function of more than ${MOST_LINES} lines`, () => {
    const long = sources.flatMap(({ path, text }) =>
      functionsOf(text)
        .filter(({ lines }) => lines > MOST_LINES)
        .map(({ name, line, lines }) => `${path}:${line} ${name} ${lines}`),
    );
    expect(long).toEqual([]);
  });

  it(`has no line of more than ${MOST_COLUMNS} columns`, () => {
    const long = sources.flatMap(({ path, text }) =>
      longLines(text).map(({ line, columns }) => `${path}:${line} ${columns}`),
    );
    expect(long).toEqual([]);
  });
});

describe("the count of a function's lines", () => {
  const BODY = "{\n  // a comment\n\n  return 1;\n}";

  it.each([
    ["a declaration", `export async function work(): Promise<number> ${BODY}`, "work", 1],
    ["an arrow function with a name", `const one = 1;\nconst work = (): number => ${BODY};`, "work", 2],
    ["a function with a name", `const work = function (): number ${BODY};`, "work", 1],
    ["a method of a class", `class A {\n  private work(): number ${BODY}\n}`, "work", 2],
    ["a field of a class", `class A {\n  work = (): number => ${BODY};\n}`, "work", 2],
    ["a method of an object", `export const a = {\n  async work() ${BODY},\n};`, "work", 2],
    ["a property of an object", `export const a = {\n  work: () => ${BODY},\n};`, "work", 2],
    ["a callback that is passed on", `const work = remember((a: string) => ${BODY});`, "work", 1],
    ["a default export", `export default () => ${BODY};`, "(anonymous)", 1],
  ])("takes %s with its comments and blank lines", (_form, text, name, line) => {
    expect(functionsOf(text)).toEqual([{ name, line, lines: 5 }]);
  });

  it("takes the parameters of a method and a function inside another one", () => {
    const inner = "  const inner = () => [\n    1,\n  ];";
    expect(functionsOf(`class A {\n  outer(\n    a: string,\n  ) {\n${inner}\n  }\n}`)).toEqual([
      { name: "outer", line: 2, lines: 7 },
      { name: "inner", line: 5, lines: 3 },
    ]);
  });
});

describe("the count of a line's columns", () => {
  it("takes a character outside the basic plane for one column", () => {
    const line = "🦭".repeat(MOST_COLUMNS);
    expect(longLines(`a\n${line}\n${line}b`)).toEqual([{ line: 3, columns: MOST_COLUMNS + 1 }]);
  });
});
