import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createProcesses } from "../../../src/host/processes.ts";
import { createQuadlet } from "../../../src/host/quadlet.ts";
import { digestOf } from "../../../src/lib/digest.ts";
import type { Files, Processes, Quadlet } from "../../../src/model/host.ts";
import type { GeneratorOutput } from "../../../src/model/live.ts";
import { fileNameOf, type Unit, unitKindOf } from "../../../src/model/unit.ts";
import { findGenerator } from "../generator.ts";
import type { VirtualClock } from "./clock.ts";

const generator = findGenerator();

/** Why there can be no fake host here; undefined where there can. The generator is never faked. */
export const whyNoFakeHost =
  generator === undefined
    ? "there is no Quadlet generator; set QUADGATE_QUADLET or build the lab's base"
    : undefined;

/** By digest over what the generator reads. */
const known = new Map<string, Promise<GeneratorOutput>>();

/** What the generator needs of a machine. No time passes there while it runs. */
interface Machine {
  readonly files: Files;
  readonly facts: { readonly unitDir: string };
  readonly clock: VirtualClock;
}

/** Podman's own generator, through quadgate's own code for it; equal sources are generated once. */
export function createGeneratorPort({ files, facts, clock }: Machine): Quadlet {
  const alone = (units: readonly Unit[]) =>
    generate(units.filter(({ kind }) => kind !== "file").map(({ name, content }) => [name, content]));
  const generateFrom = async (folder: string) => {
    const { files: found } = await files.tree(folder, await files.list(folder));
    return clock.during(() => inPlace(folder, found));
  };
  return {
    generate: (units) => clock.during(() => alone(units)),
    generateFrom,
    generateAsItIs: () => generateFrom(facts.unitDir),
    generateOver: async (folder, { written, removed }) => {
      const { files: found } = await files.tree(folder, await files.list(folder));
      const left = [...found].filter(([name]) => !removed.includes(name));
      const sources = written.filter(({ kind }) => kind !== "file");
      const all = [...left, ...sources.map(({ name, content }) => [name, content] as const)];
      return clock.during(() => inPlace(folder, all));
    },
  };
}

async function inPlace(folder: string, files: Iterable<readonly [string, string]>): Promise<GeneratorOutput> {
  const sources = new Map([...files].filter(([name]) => isSource(name)));
  const made = await generate([...sources]);
  const named = (text: string) => text.replaceAll(made.folder, folder);
  const services = [...made.services].map(
    ([name, row]) => [name, { ...row, text: named(row.text) }] as const,
  );
  const messages = made.messages.map((row) => ({ ...row, message: named(row.message) }));
  return { services: new Map(services), messages, folder };
}

/** As podman walks a unit directory: sources, and drop-ins of sources. */
function isSource(name: string): boolean {
  return unitKindOf(fileNameOf(name)) !== undefined || /\.d\/[^/]+\.conf$/.test(name);
}

async function generate(sources: readonly (readonly [string, string])[]): Promise<GeneratorOutput> {
  const sorted = [...sources].sort(([a], [b]) => (a < b ? -1 : 1));
  const key = digestOf(JSON.stringify(sorted));
  const run = known.get(key) ?? generateAnew(sorted);
  known.set(key, run);
  return run;
}

async function generateAnew(sources: readonly (readonly [string, string])[]): Promise<GeneratorOutput> {
  const folder = mkdtempSync(join(tmpdir(), "quadgate-fake-"));
  try {
    for (const [name, content] of sources) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return await createQuadlet(redirected(), {
      rootless: true,
      uid: 1000,
      runtimeDir: folder,
      unitDir: folder,
    }).generateFrom(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The real processes, with the generator that was found in place of the one in its usual place. */
function redirected(): Processes {
  const { run } = createProcesses({});
  return { run: (_file, args, options) => run(generator ?? "", args, options) };
}
