import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../lab/harness/paths.ts";

/** One podman's Quadlet generator, which runs on this machine. */
export interface Generator {
  readonly path: string;
  /** Of podman, such as `5.4.2`. */
  readonly version: string;
}

/**
 * The Quadlet generators that can be run here, one of each version of podman, oldest first: the one that
 * `QUADGATE_QUADLET` names and no other, or this machine's and those of the lab's bases (they need only a C library).
 * Says on stderr when there is none, so that tests which need one are not skipped unseen; with QUADGATE_REQUIRE_LAB=1
 * it throws.
 */
export function findGenerators(): readonly Generator[] {
  const chosen = process.env.QUADGATE_QUADLET;
  const paths = chosen === undefined ? [...USUAL, ...ofTheLab()] : [chosen];
  const byVersion = new Map(paths.flatMap((path) => versionOf(path) ?? []).map((one) => [one.version, one]));
  if (byVersion.size > 0) {
    return [...byVersion.values()].toSorted((a, b) =>
      a.version.localeCompare(b.version, "en", { numeric: true }),
    );
  }
  const message = "no Quadlet generator; set QUADGATE_QUADLET or build the lab's base";
  if (process.env.QUADGATE_REQUIRE_LAB === "1") throw new Error(`${message} (QUADGATE_REQUIRE_LAB=1)`);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return [];
}

/** The generator of the oldest podman there is, for tests to which the version does not matter. */
export function findGenerator(): string | undefined {
  return findGenerators()[0]?.path;
}

const QUADLET = "usr/libexec/podman/quadlet";
const USUAL = [`/${QUADLET}`, "/usr/lib/podman/quadlet"];

function ofTheLab(): readonly string[] {
  if (!existsSync(cacheFolder())) return [];
  // One that is just being built may be gone a moment later.
  const bases = readdirSync(cacheFolder()).filter((name) => !name.startsWith("."));
  return bases.map((base) => join(cacheFolder(), base, "root", QUADLET));
}

function versionOf(path: string): Generator | undefined {
  const { stdout, status } = spawnSync(path, ["-version"], { encoding: "utf8" });
  return status === 0 ? { path, version: stdout.trim() } : undefined;
}

export interface GeneratorRun {
  /** Text of each generated unit, by service name. */
  readonly services: ReadonlyMap<string, string>;
  /** What the generator says against the units, without its progress. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Whatever runs it, a person or a test: prints the units, writes nothing, reads the folder in QUADLET_UNIT_DIRS. */
export const DRY_RUN = ["-dryrun", "-no-kmsg-log", "-user"];

/** Runs a generator over units in a scratch folder, as a dry run. */
export function runGenerator(
  generator: string,
  units: readonly { readonly name: string; readonly kind: string; readonly content: string }[],
): GeneratorRun {
  const folder = mkdtempSync(join(tmpdir(), "quadgate-test-"));
  try {
    for (const unit of units.filter((candidate) => candidate.kind !== "file")) {
      mkdirSync(dirname(join(folder, unit.name)), { recursive: true });
      writeFileSync(join(folder, unit.name), unit.content);
    }
    const { stdout, stderr } = spawnSync(generator, DRY_RUN, {
      env: { ...process.env, QUADLET_UNIT_DIRS: folder },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    return readGeneratorRun(stdout, stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads what a dry run printed. */
export function readGeneratorRun(stdout: string, stderr: string): GeneratorRun {
  const parts = stdout.split(/^---(.+)---$/m);
  const services = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2)
    services.set(parts[index] ?? "", parts[index + 1] ?? "");
  const messages = stderr
    .split("\n")
    .map((line) => line.replace(/^quadlet-generator\[\d+\]: /, "").trim())
    .filter((line) => line !== "" && !/^(Loading source|No files parsed)/.test(line));
  const [warnings, errors] = [true, false].map((wanted) =>
    messages.filter((line) => /^warning:/i.test(line) === wanted),
  );
  return { services, errors: errors ?? [], warnings: warnings ?? [] };
}
