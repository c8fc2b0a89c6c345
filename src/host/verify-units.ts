import { writeFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesOf } from "../lib/bytes.ts";
import { digestOf } from "../lib/digest.ts";
import { groupBy } from "../lib/group-by.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Processes, RunResult, Systemd } from "../model/host.ts";
import type { UnitComplaint } from "../model/live.ts";

/** Checks files alone: no other units, no man pages, no generators. */
const ARGUMENTS = ["verify", "--recursive-errors=no", "--man=no", "--generators=no"];
const TIMEOUT_MS = 20_000;
/** More texts than a host has; answers about older ones are forgotten. */
const REMEMBERED = 5_000;

type Answer = readonly Omit<UnitComplaint, "service">[];

/**
 * Asks `systemd-analyze verify` about unit files, in one call for all whose text is not known yet. It reads
 * them with systemd's own parser, without the manager.
 */
export function createVerifier(processes: Processes, scope: readonly string[]): Systemd["verify"] {
  const known = new Map<string, Answer>();
  return async (texts) => {
    const asked = [...texts].map(([service, text]) => ({ service, text, key: keyOf(service, text) }));
    const unknown = asked.filter(({ key }) => !known.has(key));
    if (unknown.length > 0) {
      const said = await ask(processes, scope, unknown);
      if (said === undefined) return undefined;
      if (known.size > REMEMBERED) known.clear();
      for (const { key, service } of unknown) known.set(key, said.get(service) ?? []);
    }
    return asked.flatMap(({ key, service }) => (known.get(key) ?? []).map((row) => ({ service, ...row })));
  };
}

/** The generator writes a command's flags in a new order each time. To systemd that makes no difference. */
function keyOf(service: string, text: string): string {
  const lines = text.split("\n");
  const sorted = lines.map((line) => (line.startsWith("Exec") ? line.split(" ").sort().join(" ") : line));
  return digestOf(`${service}\n${sorted.join("\n")}`);
}

async function ask(
  processes: Processes,
  scope: readonly string[],
  texts: readonly { readonly service: string; readonly text: string }[],
): Promise<ReadonlyMap<string, Answer> | undefined> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "quadgate-")));
  try {
    const paths = texts.map(({ service }) => join(folder, service));
    for (const { service, text } of texts)
      writeFileSync(join(folder, service), bytesOf(text), { mode: 0o600 });
    // Without its usual folders, systemd finds none of the host's drop-ins, and reads fewer files.
    const options = { env: { SYSTEMD_UNIT_PATH: folder }, timeoutMs: TIMEOUT_MS };
    const result = await processes.run("systemd-analyze", [...scope, ...ARGUMENTS, ...paths], options);
    return hasAnswered(result) ? parseComplaints(result.stderr, folder) : undefined;
  } catch (error) {
    if (error instanceof QuadgateError && error.reason === "command-missing") return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** It exits with 1 if it has anything to say; an older one does not know all arguments. */
function hasAnswered({ exitCode, timedOut, stderr }: RunResult): boolean {
  if (timedOut || exitCode === undefined || exitCode > 1) return false;
  return !/^(Failed to initialize manager|\S*: ?(unrecognized|unknown|invalid) option)/m.test(stderr);
}

/** Lines like `/tmp/quadgate-x/db.service:16: Invalid CPU quota 'lots', ignoring.`, by service. */
export function parseComplaints(stderr: string, folder: string): ReadonlyMap<string, Answer> {
  const all = stderr.split("\n");
  const said = all.flatMap((text) => {
    if (!text.startsWith(`${folder}/`)) return [];
    const [, service = "", line, message = ""] =
      /^([^/]+?):(\d+): (.*)$/.exec(text.slice(folder.length + 1)) ?? [];
    return line === undefined ? [] : { service, line: Number(line), message };
  });
  const lines = groupBy(said, ({ service }) => service);
  const refused = all.flatMap((text) => {
    const service = REFUSED.exec(text)?.[1];
    return service === undefined ? [] : refusalOf(service, all, lines.get(service) ?? []);
  });
  return groupBy([...said, ...refused], ({ service }) => service);
}

const REFUSED = /^Unit (\S+) (?:has a bad unit file setting|failed to load properly)/;

/** Why systemd refuses a unit: what it says of the unit, or of the last line that it could not read. */
function refusalOf(
  service: string,
  all: readonly string[],
  lines: readonly Omit<UnitComplaint, "refused">[],
): UnitComplaint {
  const own = all.findLast((text) => text.startsWith(`${service}: `))?.slice(service.length + 2);
  const last = lines.at(-1);
  if (last !== undefined && (own === undefined || own.includes("fatal error")))
    return { ...last, refused: true };
  return { service, message: own?.replace(/ Refusing\.$/, "") ?? "it cannot be loaded", refused: true };
}
