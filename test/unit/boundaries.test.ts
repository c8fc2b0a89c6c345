import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const STEPS = [
  "source",
  "manifest",
  "render",
  "observe",
  "drift",
  "prerequisites",
  "plan",
  "gate",
  "pull",
  "apply",
  "verify",
  "state",
  "document",
];
const USE_CASES = ["sync", "audit", "authoring", "control", "inspect"];
const BELOW_STEPS = ["quadlet", "model", "lib"];
const BELOW_USE_CASES = ["planning", ...STEPS, ...BELOW_STEPS];
/** Folders without effects, and parts of folders. */
const PURE = [
  "manifest",
  "render",
  "drift",
  "prerequisites",
  "plan",
  "gate",
  "document",
  "authoring/edit",
  "quadlet",
  "model",
  "lib",
];
/** What a folder may import from src/, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ["lib"],
  quadlet: ["model", "lib"],
  host: ["model", "lib"],
  config: ["manifest", "model", "lib"],
  ...Object.fromEntries(STEPS.map((step) => [step, BELOW_STEPS])),
  planning: [...STEPS, ...BELOW_STEPS],
  ...Object.fromEntries(USE_CASES.map((useCase) => [useCase, BELOW_USE_CASES])),
  daemon: [...USE_CASES, ...BELOW_USE_CASES],
  cli: ["daemon", "config", ...USE_CASES, ...BELOW_USE_CASES],
  main: ["cli", "host"],
};
/** Packages that only one folder may use. */
const OWNERS: Readonly<Record<string, string>> = {
  execa: "host",
  "simple-git": "host",
  "node:fs": "host",
  "node:fs/promises": "host",
  chokidar: "daemon",
  "node-cron": "daemon",
  croner: "gate",
  hono: "daemon",
  "@hono/node-server": "daemon",
  pino: "daemon",
  commander: "cli",
  ora: "cli",
  picocolors: "cli",
  "cli-table3": "cli",
};
/** Node modules without effects. */
const HARMLESS = ["node:buffer", "node:crypto", "node:path", "node:util", "node:net", "node:vm"];

interface Source {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function folderOf(file: string): string {
  return file === "main.ts" ? "main" : (file.split("/")[0] ?? "");
}

const sources: readonly Source[] = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => {
    const text = readFileSync(join("src", file), "utf8");
    const imports = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map(
      (match) => match[1] ?? "",
    );
    return { file, folder: folderOf(file), text, imports };
  });

function violations(check: (source: Source, imported: string) => boolean): readonly string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((imported) => !check(source, imported))
      .map((imported) => `${source.file} imports ${imported}`),
  );
}

/** Everything that is loaded with these files at once: files and packages, without what is imported when it is needed. */
function loadedWith(files: readonly string[], seen = new Set<string>()): ReadonlySet<string> {
  for (const file of files) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = sources.find((source) => source.file === file)?.text ?? "";
    const names = [...text.matchAll(/^(?:import|export|\}) (?!type )(?:[^;"]*?from )?"([^"]+)"/gm)];
    const imported = names.map(([, name = ""]) =>
      name.startsWith(".") ? normalize(join(dirname(file), name)) : name,
    );
    loadedWith(imported, seen);
  }
  return seen;
}

describe("the dependency rule", () => {
  it("names every folder of src/, and no others", () => {
    expect(new Set(sources.map(({ folder }) => folder))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });

  it("lets every folder import only what lies below it", () => {
    const wrong = violations(({ file, folder }, imported) => {
      if (!imported.startsWith(".")) return true;
      const target = folderOf(normalize(join(dirname(file), imported)));
      return target === folder || MAY_IMPORT[folder]?.includes(target) === true;
    });
    expect(wrong).toEqual([]);
  });

  it("keeps effects and their libraries in their folders", () => {
    const wrong = violations(({ file, folder }, imported) => {
      const owner = OWNERS[imported];
      return owner === undefined || owner === folder || file === "main.ts";
    });
    expect(wrong).toEqual([]);
  });

  it("keeps the pure folders free of clocks, files, processes and the network", () => {
    const pure = sources.filter(({ file }) => PURE.some((folder) => file.startsWith(`${folder}/`)));
    expect(new Set(pure.map(({ folder }) => folder)).size).toBe(PURE.length);
    const impure =
      /\bprocess\.(?!ts)|Date\.now\(|new Date\(\)|Math\.random\(|await fetch\(|setTimeout\(|performance\.now/;
    expect(pure.filter(({ text }) => impure.test(text)).map(({ file }) => file)).toEqual([]);
    const wrong = pure.flatMap(({ file, imports }) =>
      imports
        .filter((name) => name.startsWith("node:") && !HARMLESS.includes(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("allows barrel files in the steps alone", () => {
    const barrels = sources.filter(({ file }) => file.endsWith("/index.ts"));
    expect(barrels.filter(({ folder }) => !STEPS.includes(folder)).map(({ file }) => file)).toEqual([]);
  });

  it("lets only the command line and the composition root print", () => {
    const printing = /console\.|process\.(stdout|stderr)/;
    const wrong = sources.filter(
      ({ folder, text }) => !["cli", "main", "daemon"].includes(folder) && printing.test(text),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it("lets the composition root alone end the process", () => {
    const wrong = sources.filter(({ folder, text }) => folder !== "main" && /process\.exit/.test(text));
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it("keeps modules that read manifests, render or talk HTTP out of what drift loads", () => {
    const heavy = [
      "manifest",
      "render",
      "prerequisites",
      "plan",
      "gate",
      "apply",
      "authoring",
      "liquidjs",
      "node:http",
      "node:https",
    ];
    const heavyIn = (command: string) => {
      const entries = ["main.ts", "cli/run.ts", "host/create-host.ts", `cli/commands/${command}.ts`];
      const loaded = loadedWith(entries);
      const folders = new Set([...loaded].map((name) => (name.endsWith(".ts") ? folderOf(name) : name)));
      expect([...folders]).toContain("drift");
      return heavy.filter((name) => folders.has(name));
    };
    expect(heavyIn("drift")).toEqual([]);
    const judging = ["manifest", "render", "prerequisites", "plan", "gate", "apply", "liquidjs"];
    expect(heavyIn("plan")).toEqual(judging);
  });

  it("keeps the file of the path short enough to be read in a minute", () => {
    const path = sources.find(({ file }) => file === "sync/reconcile.ts");
    expect(path?.text.split("\n").length).toBeLessThan(150);
  });
});
