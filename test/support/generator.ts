import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../lab/harness/paths.ts";

/**
 * Podman's Quadlet generator: the one `QUADGATE_QUADLET` names, this machine's, or the lab's (it needs only
 * a C library). Says on stderr when there is none, so that tests which need it are not skipped unseen.
 */
export function findGenerator(): string | undefined {
  const chosen = process.env.QUADGATE_QUADLET;
  const usual = ["/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet"];
  const lab = existsSync(cacheFolder())
    ? readdirSync(cacheFolder()).map((base) =>
        join(cacheFolder(), base, "root", "usr/libexec/podman/quadlet"),
      )
    : [];
  const found = [...(chosen === undefined ? [] : [chosen]), ...usual, ...lab].find((path) => runs(path));
  if (found === undefined) {
    process.stderr.write("SKIPPED: no Quadlet generator; set QUADGATE_QUADLET or build the lab's base\n");
  }
  return found;
}

function runs(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    execFileSync(path, ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface GeneratorRun {
  /** Text of each generated unit, by service name. */
  readonly services: ReadonlyMap<string, string>;
  /** What the generator says against the units, without its progress and its warnings. */
  readonly errors: readonly string[];
}

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
    const { stdout, stderr } = spawnSync(generator, ["-dryrun", "-no-kmsg-log", "-user"], {
      env: { ...process.env, QUADLET_UNIT_DIRS: folder },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const parts = stdout.split(/^---(.+)---$/m);
    const services = new Map<string, string>();
    for (let index = 1; index < parts.length; index += 2)
      services.set(parts[index] ?? "", parts[index + 1] ?? "");
    const errors = stderr
      .split("\n")
      .map((line) => line.replace(/^quadlet-generator\[\d+\]: /, "").trim())
      .filter((line) => line !== "" && !/^(Loading source|Warning:)/.test(line));
    return { services, errors };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
