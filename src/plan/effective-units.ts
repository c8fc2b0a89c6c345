import { NETWORKS_INSTANCE } from "../model/instance.ts";
import type { Inventory } from "../model/inventory.ts";
import { fileNameOf, templateServiceOf, type Unit, unitKindOf } from "../model/unit.ts";

type NamedUnit = Pick<Unit, "name" | "instance">;

/** Whether a unit stays: the sync does not work towards its text in git. */
export type Stays = (unit: NamedUnit) => boolean;

/**
 * Names of units that stay although git differs: git has another text than the one in force, or no text, or
 * there is no text in force. While this list is empty, what git asks for is the effective desired state.
 */
export function textsKeptBack(
  git: readonly Unit[],
  owned: Inventory["units"],
  stays: Stays,
): readonly string[] {
  const other = git.filter((unit) => stays(unit) && owned[unit.name]?.digest !== unit.digest);
  const inGit = new Set(git.map(({ name }) => name));
  const dropped = Object.entries(owned).filter(
    ([name, { instance }]) => !inGit.has(name) && stays({ name, instance }),
  );
  return [...other.map(({ name }) => name), ...dropped.map(([name]) => name)].sort();
}

/**
 * The units of the effective desired state: git's text for units that go ahead, and the text in force for
 * units that stay, with units that this text names and that git no longer has. So a unit that stays never
 * changes its meaning because of another one. If the text in force is lost, git's text is used.
 */
export function effectiveUnits(
  git: readonly Unit[],
  inForce: readonly Unit[],
  owned: Inventory["units"],
  stays: Stays,
): readonly Unit[] {
  const kept = new Set(inForce.map(({ name }) => name));
  const isLost = ({ name }: Unit) => !kept.has(name) && (owned[name]?.digest ?? null) !== null;
  const ahead = git.filter((unit) => !stays(unit) || isLost(unit));
  // A file that several instances share goes ahead with the one that it belongs to now.
  const going = new Set(ahead.map(({ name }) => name));
  const staying = inForce.filter((unit) => stays(unit) && !going.has(unit.name));
  // What a lost text needs is unknown, so nothing in force goes.
  const isAnyLost = Object.entries(owned).some(
    ([name, { instance, digest }]) => digest !== null && !kept.has(name) && stays({ name, instance }),
  );
  if (!isAnyLost) return withNamed([...ahead, ...staying], staying, inForce, owned);
  const present = new Set([...ahead, ...staying].map(({ name }) => name));
  return [...ahead, ...staying, ...inForce.filter(({ name }) => !present.has(name))];
}

/**
 * Adds to `units` those of `candidates` that the texts of `naming` name, directly or not, and that are not
 * among them yet, each with its instance. A text names a unit by its file (`Network=x.network`) or by its
 * service (`Requires=x.service`).
 */
export function withNamed(
  units: readonly Unit[],
  naming: readonly Unit[],
  candidates: readonly Unit[],
  owned: Inventory["units"],
): readonly Unit[] {
  const present = new Set(units.map(({ name }) => name));
  const added: Unit[] = [];
  const isNamed = (unit: Unit, words: ReadonlySet<string>) =>
    words.has(fileNameOf(unit.name)) ||
    words.has(owned[unit.name]?.service ?? serviceNameOf(unit)) ||
    namesInstanceOf(unit.name, words);
  const queue = [...naming];
  for (let unit = queue.pop(); unit !== undefined; unit = queue.pop()) {
    const words = new Set(unit.content.split(/[\s=:,]+/));
    for (const candidate of candidates) {
      if (present.has(candidate.name) || !isNamed(candidate, words)) continue;
      const own = candidates.filter((one) => goesWith(one, candidate) && !present.has(one.name));
      for (const one of own) present.add(one.name);
      added.push(...own);
      queue.push(...own);
    }
  }
  return added.length === 0 ? units : [...units, ...added];
}

/** The service that podman's generator makes of a unit that is not on the host now. */
function serviceNameOf({ name, content }: Unit): string {
  const said = /^\s*ServiceName\s*=\s*(\S+)\s*$/m.exec(content)?.[1];
  const kind = unitKindOf(name);
  if (kind === undefined) return name;
  const stem = fileNameOf(name).slice(0, -kind.length - 1);
  return `${said ?? (kind === "container" || kind === "kube" ? stem : `${stem}-${kind}`)}.service`;
}

/** Whether a text names an instance (`x@one.service`) of a template (`x@.container`). */
function namesInstanceOf(unit: string, words: ReadonlySet<string>): boolean {
  const template = templateServiceOf(unit)?.replace(/\.service$/, "");
  if (template === undefined) return false;
  return [...words].some((word) => word.startsWith(template) && word.endsWith(".service"));
}

/** An instance stays as a whole. Of the shared networks, only the named one stays, with its drop-ins. */
function goesWith(one: Unit, named: Unit): boolean {
  if (named.instance !== NETWORKS_INSTANCE) return one.instance === named.instance;
  return one.name === named.name || one.name.startsWith(`${named.name}.d/`);
}
