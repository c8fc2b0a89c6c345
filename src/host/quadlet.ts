import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bytesOf } from "../lib/bytes.ts";
import { CommandError, QuadgateError } from "../model/errors.ts";
import type { HostFacts, Processes, Quadlet } from "../model/host.ts";
import {
  GENERATOR_CRASHES,
  type GeneratorMessage,
  type GeneratorOutput,
  type GeneratorText,
} from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import { overlaid } from "./overlay.ts";

/** Where distributions put podman's Quadlet generator. */
const GENERATORS = ["/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet"];

/** How a crash is reported: as an exception, or as a message next to what the generator made before it. */
type OnCrash = "throws" | "tells";

type QuadletFacts = Pick<HostFacts, "rootless" | "runtimeDir" | "uid" | "unitDir">;

/** podman's own generator as a dry run, which prints units and writes nothing. */
export function createQuadlet(processes: Processes, facts: QuadletFacts): Quadlet {
  const alone = async (path: string) => {
    const folder = await resolved(path);
    return generate(processes, facts.rootless, folder, [folder]);
  };
  const amongOthers = async (path: string, onCrash?: OnCrash) => {
    const folder = await resolved(path);
    return generate(processes, facts.rootless, folder, foldersAround(folder, facts), onCrash);
  };
  return {
    generateFrom: alone,
    generate: (units) => inScratch(units, alone),
    generateOver: (folder, changes) => overlaid(folder, changes, (scratch) => amongOthers(scratch, "tells")),
    generateAsItIs: () => amongOthers(facts.unitDir),
  };
}

/** The generator follows links on the way to a folder, and writes where they lead. */
function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/**
 * The folders that Quadlet reads, in its order, with `folder` in place of the unit directory
 * (podman-systemd.unit(5)).
 */
function foldersAround(folder: string, { rootless, runtimeDir, uid }: QuadletFacts): readonly string[] {
  const first = `${runtimeDir}/containers/systemd`;
  const users = "/etc/containers/systemd/users";
  return rootless
    ? [first, folder, users, `${users}/${uid}`]
    : [first, folder, "/usr/share/containers/systemd"];
}

async function inScratch(
  units: readonly Unit[],
  generateFrom: (folder: string) => Promise<GeneratorOutput>,
): Promise<GeneratorOutput> {
  const folder = await mkdtemp(join(tmpdir(), "quadgate-"));
  try {
    const sources = units.filter((candidate) => candidate.kind !== "file");
    const folders = new Set(sources.map((unit) => dirname(join(folder, unit.name))));
    for (const path of folders) await mkdir(path, { recursive: true });
    // Small files: node's threads cost several times what the writing does.
    for (const unit of sources)
      writeFileSync(join(folder, unit.name), bytesOf(unit.content), { mode: 0o600 });
    return await generateFrom(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function generate(
  processes: Processes,
  rootless: boolean,
  folder: string,
  searched: readonly string[],
  onCrash: OnCrash = "throws",
): Promise<GeneratorOutput> {
  const args = ["-dryrun", "-no-kmsg-log", ...(rootless ? ["-user"] : [])];
  const options = { env: { QUADLET_UNIT_DIRS: searched.join(":") } };
  for (const generator of GENERATORS) {
    const result = await processes.run(generator, args, options).catch((error: unknown) => {
      if (error instanceof QuadgateError && error.reason === "command-missing") return undefined;
      throw error;
    });
    if (!result) continue;
    // 0 and 1: see the messages. Any other status is a crash, after which units may be missing silently.
    const crashed = result.exitCode !== 0 && result.exitCode !== 1;
    if (crashed && onCrash === "throws") {
      throw new CommandError(generator, result.exitCode, result.stderr, "podman's Quadlet generator crashed");
    }
    const services = parseServices(result.stdout, folder);
    return crashed
      ? { folder, services, messages: [{ message: GENERATOR_CRASHES }], crashed }
      : { folder, services, messages: parseMessages(result.stderr) };
  }
  throw new QuadgateError(
    "command-missing",
    `podman's Quadlet generator is not at ${GENERATORS.join(" or ")}`,
    {
      hint: "install podman 4.4 or later; `quadgate doctor` shows what else is missing",
    },
  );
}

function parseServices(stdout: string, folder: string): ReadonlyMap<string, GeneratorText> {
  const services = new Map<string, GeneratorText>();
  const parts = stdout.split(/^---(.+)---$/m);
  for (let index = 1; index + 1 < parts.length; index += 2) {
    const service = parts[index] ?? "";
    const text = (parts[index + 1] ?? "").replace(/^\n/, "");
    const source = /^SourcePath=(.*)$/m.exec(text)?.[1] ?? "";
    const unit = source.startsWith(`${folder}/`) ? source.slice(folder.length + 1) : source;
    services.set(service, { service, unit, text });
  }
  return services;
}

/**
 * Lines like `quadlet-generator[123]: converting "x.container": unsupported key ...`; debug lines are left
 * out.
 */
function parseMessages(stderr: string): readonly GeneratorMessage[] {
  return stderr
    .split("\n")
    .map((line) => line.replace(/^quadlet-generator\[\d+\]:\s*/, "").trim())
    .filter((line) => line !== "" && !/^(Loading source|Processing|Starting|No files parsed)/i.test(line))
    .map((message) => {
      const unit = /"?([^"/\s]+\.(?:container|pod|network|volume|kube|image|build))"?/.exec(message)?.[1];
      return unit === undefined ? { message } : { unit, message };
    });
}
