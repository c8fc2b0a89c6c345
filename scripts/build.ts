import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { patternPages } from "./pattern-docs.ts";
import { schemaFiles } from "./schemas.ts";

/**
 * Bundles the program with all it needs into dist/, and the licences of its dependencies into a file next to
 * it.
 */
const result = await build({
  entryPoints: ["src/main.ts"],
  outdir: "dist",
  entryNames: "quadgate",
  chunkNames: "chunks/[name]-[hash]",
  // Split at dynamic imports, so that a command loads its own modules and no others.
  splitting: true,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  metafile: true,
  legalComments: "none",
  // Names stay, so that the stack in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "warning",
  banner: {
    // CommonJS dependencies call require() for Node's own modules.
    js:
      'import{createRequire as quadgateRequire}from"node:module";' +
      "const require=quadgateRequire(import.meta.url);",
  },
});
await chmod("dist/quadgate.js", 0o755);
await removeOldChunks(result.metafile);
await writeFile("dist/THIRD-PARTY-LICENSES.txt", await licences(result.metafile));

await mkdir("schema", { recursive: true });
for (const [name, text] of schemaFiles()) await writeFile(join("schema", name), text);

await mkdir("docs/patterns", { recursive: true });
for (const [name, text] of patternPages()) await writeFile(join("docs/patterns", name), text);

/** Removes chunks of earlier builds. The folder itself stays, because hosts under test have it mounted. */
async function removeOldChunks({ outputs }: Metafile): Promise<void> {
  for (const name of await readdir("dist/chunks")) {
    const path = join("dist", "chunks", name);
    if (!(path in outputs)) await rm(path);
  }
}

async function licences(metafile: Metafile): Promise<string> {
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap(
      (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
    ),
  );
  const texts = await Promise.all([...packages].sort().map(licenceOf));
  return texts.join(`\n${"-".repeat(78)}\n\n`);
}

async function licenceOf(name: string): Promise<string> {
  const folder = join("node_modules", name);
  const meta = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    version: string;
    license?: string;
  };
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? "" : await readFile(join(folder, file), "utf8");
  return `${name} ${meta.version} (${meta.license ?? "see below"})\n\n${text}`;
}
