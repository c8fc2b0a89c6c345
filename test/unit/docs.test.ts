import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command as Commander } from "commander";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { brokenLinks, markdownFiles } from "../../scripts/markdown-links.ts";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { readEnvironment } from "../../src/config/load-settings.ts";
import { REASONS } from "../../src/model/reasons.ts";
import { HOST_ONLY_SETTINGS, settingsSchema } from "../../src/model/settings-schema.ts";
import { STRICTEST_SETTINGS } from "../../src/model/strictest.ts";

/** The cells of all table rows whose first cell is code, without the back ticks. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => /^\| *`/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, "$1")),
    );
}

function page(name: string): string {
  return readFileSync(join("docs", name), "utf8");
}

describe("docs/reasons.md", () => {
  it("lists every code with its meaning, and no other", () => {
    const rows = rowsOf(page("reasons.md")).map(([code, meaning]) => [code, meaning]);
    expect(Object.fromEntries(rows)).toEqual(REASONS);
    expect(rows.length).toBe(Object.keys(REASONS).length);
  });
});

describe("docs/architecture.md", () => {
  it("has every folder of src/ in its map, and no other", () => {
    const map = page("architecture.md").split("    src/\n")[1]?.split("\n    patterns/")[0] ?? "";
    const listed = map.split("\n").map((line) => line.trim().split(/\s/)[0]?.replace(/\/$/, ""));
    expect(listed.sort()).toEqual(readdirSync("src").sort());
  });
});

describe("docs/commands.md", () => {
  const sections = page("commands.md")
    .split(/^## /m)
    .flatMap((section) => {
      const name = /^`quadgate ([a-z]+)`/.exec(section)?.[1];
      return name === undefined ? [] : [{ name, section }];
    });

  it("has a section for every command, in the order of the help, and no other", () => {
    expect(sections.map(({ name }) => name)).toEqual(Object.keys(COMMANDS));
  });

  it.each(sections)("lists the options that quadgate $name has, and no other", async ({ name, section }) => {
    const commander = new Commander(name);
    (await COMMANDS[name]?.load())?.command.configure(commander);
    const listed = rowsOf(section).map(([option]) => option);
    expect(listed).toEqual(commander.options.map(({ flags }) => flags));
  });
});

interface Leaf {
  readonly path: string;
  readonly schema: z.core.JSONSchema.BaseSchema;
}

function leaves(schema: z.core.JSONSchema._JSONSchema, path: readonly string[] = []): readonly Leaf[] {
  if (typeof schema === "boolean") return [];
  if (!schema.properties) return [{ path: path.join("."), schema }];
  return Object.entries(schema.properties).flatMap(([key, value]) => leaves(value, [...path, key]));
}

describe("docs/settings.md", () => {
  const rows = rowsOf(page("settings.md")).filter((row) => row.length === 6);
  const settings = leaves(z.toJSONSchema(settingsSchema, { io: "input" }));

  it("lists every setting with its default, and no other", () => {
    const listed = rows.map(([setting, standard]) => [setting, standard]);
    const actual = settings.map(({ path, schema }) => [path, String(schema.default ?? "none")]);
    expect(listed).toEqual(actual);
  });

  it("says which settings only the host may set", () => {
    const isHostOnly = (setting: string) =>
      HOST_ONLY_SETTINGS.some((key) => setting === key || setting.startsWith(`${key}.`));
    expect(rows.map(([setting, , hostOnly]) => [setting, hostOnly])).toEqual(
      settings.map(({ path }) => [path, isHostOnly(path) ? "yes" : "no"]),
    );
  });

  it("says of which settings the strictest counts", () => {
    const strict = rows.filter(([, , , strictest]) => strictest !== "no");
    const listed = new Map(strict.map(([setting, , , strictest]) => [setting, strictest]));
    expect(listed).toEqual(STRICTEST_SETTINGS);
  });

  it("names the variable that sets each of them", () => {
    const samples: Readonly<Record<string, string>> = {
      boolean: "true",
      integer: "1",
      number: "1",
      object: "{}",
      array: "[]",
    };
    const found = rows.map(([setting = "", , , , variable = ""]) => {
      const type = String(settings.find(({ path }) => path === setting)?.schema.type);
      let value: unknown = readEnvironment({ [variable]: samples[type] ?? "x" });
      for (const key of setting.split(".")) value = (value as Record<string, unknown> | undefined)?.[key];
      return [setting, value !== undefined];
    });
    expect(found).toEqual(settings.map(({ path }) => [path, true]));
  });
});

describe("docs/decisions/0001-dependencies.md", () => {
  it("has a row for every package of package.json, with its version, and no other", () => {
    const meta = JSON.parse(readFileSync("package.json", "utf8")) as {
      devDependencies: Record<string, string>;
    };
    const listed = page("decisions/0001-dependencies.md")
      .split("\n")
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .filter((cells) => cells.length === 6 && !/^(package|-+)$/.test(cells[1] ?? ""))
      .flatMap(([, names = "", versions = ""]) => {
        const each = versions.split(", ");
        return names.split(", ").map((name, index) => [name, each[index]]);
      });
    const actual = Object.entries(meta.devDependencies).map(([name, range]) => {
      const version = range.replace(/^\D+/, "");
      return [name, /^0\.\d+|^\d+/.exec(version)?.[0]];
    });
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(actual));
  });
});

describe("the documentation's links", () => {
  it("are searched for in the pages that matter", () => {
    const pages = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/README.md"];
    expect(markdownFiles(".")).toEqual(expect.arrayContaining(pages));
  });

  it("lead to files and headings that exist", () => {
    expect(brokenLinks(".")).toEqual([]);
  });

  it("are broken if they lead to a file or a heading that does not exist", () => {
    const folder = mkdtempSync(join(tmpdir(), "quadgate-links-"));
    mkdirSync(join(folder, "docs"));
    writeFileSync(join(folder, "docs", "a.md"), "# A `b` c\n[1](#a-b-c) [2](../README.md) [3](#d)\n");
    writeFileSync(
      join(folder, "README.md"),
      "[1](docs/a.md#a-b-c) [2](docs/a.md#b) [3](x.md) [4](https://x)\n",
    );
    const broken = brokenLinks(folder);
    rmSync(folder, { recursive: true });
    expect(broken).toEqual(["README.md: docs/a.md#b", "README.md: x.md", "docs/a.md: #d"]);
  });
});

describe("docs/README.md", () => {
  it("leads to every page of docs/", () => {
    const linked = [...page("README.md").matchAll(/\]\(([^)#]+)/g)].map(([, link = ""]) => link);
    const pages = readdirSync("docs").filter((name) => name.endsWith(".md") && name !== "README.md");
    expect(pages.filter((name) => !linked.includes(name))).toEqual([]);
  });
});

describe("README.md", () => {
  it("has at most 150 lines", () => {
    expect(readFileSync("README.md", "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });
});
