import { join } from "node:path";
import { digestOf } from "../lib/digest.ts";
import { InputError, QuadgateError } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState, UnitFile } from "../model/live.ts";
import { isPlain, unitPath } from "../model/plain-unit.ts";
import type { Change } from "../model/plan.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { Tree } from "../model/tree.ts";
import { mainUnitOf } from "../model/unit.ts";
import { readPlainUnits, readUnitFiles } from "../observe/live.ts";
import type { Context } from "../planning/context.ts";
import { type RenderedState, readDesired } from "../planning/desired.ts";
import { planHost } from "../planning/plan-host.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { plainSecretsIn } from "../render/index.ts";
import { clonePath, fetchHead } from "../source/index.ts";
import { inForce, markApplied } from "../state/index.ts";
import { instanceOf, withRelations } from "./edit/adoption.ts";

/** A hand-written Quadlet, plain systemd unit or drop-in of the host that quadgate can take over. */
export interface AdoptedUnit {
  /** Path below the unit directory, or below systemdDir. */
  readonly unit: string;
  readonly instance: string;
  /** Its path in the repository, from the folder that holds desired-state/. */
  readonly file: string;
  /** null for a drop-in, and for a unit that podman does not make a service of. */
  readonly service: string | null;
  /** The active state of the service, as systemd names it; null without a service. */
  readonly state: string | null;
  /** The unit that needs it; null if the person named it. */
  readonly neededBy: string | null;
  /** Whether it is a symbolic link. A file with the same text takes its place. */
  readonly symlink: boolean;
  /** Variables with a secret in plain text, which git would keep forever. */
  readonly plainSecrets: readonly { readonly line: number; readonly name: string }[];
  /** Why the next sync would change it, such as a container made from an older text. */
  readonly pending: readonly string[];
  /** Other files of the host that change what podman makes of it. They stay as they are. */
  readonly overrides: readonly string[];
}

/** A proposal: what adopting would do. */
export interface Adoption {
  readonly units: readonly AdoptedUnit[];
  /** The digest of names and contents. It changes if the files on the host change. */
  readonly digest: string;
}

/** Names of the host's hand-written Quadlets and plain units that quadgate does not manage yet, sorted. */
export async function adoptable(context: Context): Promise<readonly string[]> {
  const { foreign } = await readForeignUnits(context);
  return [...foreign.keys()].filter((name) => mainUnitOf(name) === name).sort();
}

/**
 * Works out what taking over units means: what belongs to them, what git gets, and what the next sync still
 * changes. Throws InputError if the units are not valid in git, and `bad-usage` for names that no foreign
 * unit has.
 */
export async function proposeAdoption(context: Context, names: readonly string[]): Promise<Adoption> {
  const proposal = await propose(context, names);
  return proposal.adoption;
}

/**
 * Takes units over: commits them to the repository as they are, and enters them in the inventory. Starts,
 * stops and restarts nothing. `digest` is that of the proposal that the person has seen; if the proposal has
 * changed, this throws `bad-usage`. Returns the commit.
 */
export async function adopt(
  context: Context,
  names: readonly string[],
  digest: string,
  lockWaitMs: number,
): Promise<string> {
  const { host } = context;
  const release = await host.lock.acquire(`${host.facts.stateDir}/lock`, { waitMs: lockWaitMs });
  try {
    const proposal = await propose(context, names);
    if (proposal.adoption.digest !== digest) {
      throw new QuadgateError("bad-usage", "the units have changed since they were shown", {
        hint: "look at them again: quadgate adopt",
      });
    }
    const revision = await commit(context, proposal);
    await replaceLinks(context, proposal);
    await enter(context, proposal, revision);
    return revision;
  } finally {
    await release();
  }
}

interface Proposal {
  readonly adoption: Adoption;
  readonly foreign: ReadonlyMap<string, UnitFile>;
  readonly inventory: Inventory;
  /** The desired state with the units in git. */
  readonly desired: RenderedState;
  readonly changes: readonly Change[];
}

async function propose(context: Context, names: readonly string[]): Promise<Proposal> {
  const quiet = { ...context, emit: () => undefined };
  const tree = await fetchHead(context.host, mergeSettings(context.layers));
  const { foreign, inventory } = await readForeignUnits(context);
  const taken = select(foreign, names);
  await requireReadable(context, foreign, taken);
  const places = placesOf(tree, foreign, taken);
  const added = [...places].map(([name, path]) => [path, foreign.get(name)?.content ?? ""] as const);
  const desired = await readDesired(quiet, { ...tree, files: new Map([...tree.files, ...added]) });
  const instances = new Set([...taken.keys()].map(instanceOf));
  const issues = desired.issues.filter(({ instance }) => instance !== undefined && instances.has(instance));
  if (issues.length > 0) throw new InputError(issues);
  const { plan, live } = await planHost(quiet, desired, inventory, {
    only: instances,
    attended: false,
    retry: true,
  });
  const changes = plan.changes.filter(({ unit }) => taken.has(unit));
  const units = changes.map((change) => ({
    ...describe(change, foreign.get(change.unit), live),
    file: places.get(change.unit) ?? "",
    neededBy: taken.get(change.unit) ?? null,
  }));
  const contents = [...taken.keys()].sort().map((name) => [name, foreign.get(name)?.content]);
  return {
    adoption: { units, digest: digestOf(JSON.stringify(contents)) },
    foreign,
    inventory,
    desired,
    changes,
  };
}

function describe(
  { unit, instance, service, action, reasons }: Change,
  file: UnitFile | undefined,
  live: LiveState,
): Omit<AdoptedUnit, "file" | "neededBy"> {
  const left = reasons.filter(({ code }) => action !== "none" && code !== "adopted");
  return {
    unit,
    instance,
    service,
    state: service === null ? null : (live.services.get(service)?.activeState ?? null),
    symlink: file?.symlink === true,
    plainSecrets: plainSecretsIn(file?.content ?? ""),
    pending: left.filter(({ code }) => code !== "host-override").map(({ message }) => message),
    overrides: reasons.filter(({ code }) => code === "host-override").map(({ message }) => message),
  };
}

async function readForeignUnits({
  host,
  state,
}: Context): Promise<{ foreign: ReadonlyMap<string, UnitFile>; inventory: Inventory }> {
  const inventory = await state.readInventory();
  const files = [...(await readUnitFiles(host)), ...(await readPlainUnits(host))];
  const foreign = files.filter(([name]) => inventory.units[name] === undefined && !isOwnUnit(name));
  return { foreign: new Map(foreign), inventory };
}

/** Whether it is a systemd unit that `quadgate install` has made. */
function isOwnUnit(name: string): boolean {
  return isPlain(name) && name.startsWith("quadgate");
}

function select(
  foreign: ReadonlyMap<string, UnitFile>,
  names: readonly string[],
): ReadonlyMap<string, string | null> {
  const sources = new Map([...foreign].map(([name, { content }]) => [name, content]));
  const known = new Set([...foreign.keys()].flatMap((name) => [name, instanceOf(name)]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new QuadgateError("bad-usage", `no hand-written unit of this host is named ${unknown.join(", ")}`, {
      hint: "quadgate adopt lists those that are not managed yet",
    });
  }
  return withRelations(sources, names);
}

/**
 * Refuses what quadgate cannot take over byte for byte, or what would mean something else in its new place.
 */
async function requireReadable(
  { host }: Context,
  foreign: ReadonlyMap<string, UnitFile>,
  taken: ReadonlyMap<string, string | null>,
): Promise<void> {
  for (const name of taken.keys()) {
    const file = foreign.get(name);
    const refuse = (why: string, hint: string) =>
      new QuadgateError("bad-usage", `${file?.path}: ${why}`, { hint });
    if (mainUnitOf(name).includes("/")) {
      throw refuse(
        "it is in a folder below the unit directory, and quadgate keeps units at the top",
        "move it there and run systemctl daemon-reload; that restarts nothing",
      );
    }
    const folder = `${unitPath(host.facts, name)}.d`;
    if (mainUnitOf(name) === name && (await host.files.stat(folder))?.kind === "symlink") {
      throw refuse(
        `its drop-ins are behind a symbolic link, ${folder}`,
        "put a folder with the files in its place",
      );
    }
  }
}

/** The path of each unit in git. Throws if git has another text under the same name. */
function placesOf(
  tree: Tree,
  foreign: ReadonlyMap<string, UnitFile>,
  taken: ReadonlyMap<string, string | null>,
): ReadonlyMap<string, string> {
  const paths = [...tree.files.keys()].filter((path) => path.startsWith("desired-state/"));
  return new Map(
    [...taken.keys()].map((name) => {
      const present = paths.find((path) => path.endsWith(`/${name}`));
      if (present !== undefined && tree.files.get(present) !== foreign.get(name)?.content) {
        throw new QuadgateError("bad-usage", `git has another text for ${name}, in ${present}`, {
          hint: "make both the same: copy the one that is right over the other, and commit",
        });
      }
      return [name, present ?? `desired-state/${name}`];
    }),
  );
}

async function commit({ host, layers }: Context, { adoption, foreign }: Proposal): Promise<string> {
  const settings = mergeSettings(layers);
  const main = adoption.units.map(({ unit }) => unit).filter((unit) => mainUnitOf(unit) === unit);
  const title = main.length === 1 ? `Adopt ${main[0]}` : `Adopt ${main.length} units`;
  const list = main.map((unit) => `- ${unit}`).join("\n");
  return host.git.commitFiles({
    repository: settings.repository ?? "",
    clone: clonePath(host.facts.stateDir),
    branch: settings.branch,
    files: new Map(
      adoption.units.map(({ unit, file }) => [join(settings.path, file), foreign.get(unit)?.content ?? ""]),
    ),
    message: `${title}\n\nMade by quadgate adopt. The text is that of the host, unchanged:\n\n${list}\n`,
  });
}

/** Replaces links by files with the same text. The file that a link points to stays as it is. */
async function replaceLinks({ host }: Context, { adoption, foreign }: Proposal): Promise<void> {
  const links = adoption.units.flatMap(({ unit, symlink }) => (symlink ? (foreign.get(unit) ?? []) : []));
  for (const { path, content } of links) await host.files.write(path, content, { mode: 0o644 });
  if (links.length > 0) await host.systemd.daemonReload();
}

async function enter(context: Context, proposal: Proposal, revision: string): Promise<void> {
  const { state } = context;
  const { desired, changes } = proposal;
  const taken = changes.map((change) => ({ ...change, action: "none" as const }));
  const inventory = markApplied(proposal.inventory, taken, revision);
  const before = await unitsInForce(context, inventory);
  const stored = await state.storeGeneration(inForce(inventory, [...before, ...desired.units]));
  await state.writeInventory({ ...inventory, generation: stored });
}
