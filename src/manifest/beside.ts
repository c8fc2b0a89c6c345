import { posix } from "node:path";
import { isWithin } from "../lib/is-within.ts";
import type { FileBeside } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import type { Tree } from "../model/tree.ts";
import { unitKindOf } from "../model/unit.ts";
import { unitLines } from "../quadlet/argv/unit-text.ts";
import { type BesidePath, pathsBeside } from "../quadlet/beside.ts";
import { mergedText } from "../quadlet/plain-units.ts";
import { issue } from "./codes.ts";
import { DESIRED_STATE, roleOf } from "./layout.ts";
import { show } from "./message-parts.ts";
import type { UnitFile } from "./raw.ts";
import { refusalsWithin } from "./refused.ts";

/** What raw Quadlets name relative to their own folders. */
export interface Beside {
  /** By instance: its files, by path relative to the folder of its units. */
  readonly files: ReadonlyMap<string, ReadonlyMap<string, FileBeside>>;
  /** Paths in the repository that are such files, and so neither manifests nor units. */
  readonly claimed: ReadonlySet<string>;
  /** Paths in the repository that Quadlets name, whatever is there. */
  readonly named: readonly string[];
  readonly issues: readonly Issue[];
}

/** The files in git that raw Quadlets name relative to their own folder. Those not in git are the host's. */
export function filesBeside(tree: Tree, units: readonly UnitFile[]): Beside {
  const mains = units.filter(({ unit, main }) => unit === main && unitKindOf(unit) !== undefined);
  const all = mains.flatMap((main) => namedBy(main, tree, units));
  const inside = all.filter(({ path }) => !isOutside(path));
  const files = new Map<string, Map<string, FileBeside>>();
  for (const { main, path } of inside) {
    const own = files.get(main.name) ?? new Map<string, FileBeside>();
    files.set(main.name, own);
    for (const [at, file] of filesAt(tree, folderOf(main), path)) own.set(at, file);
  }
  const claimed = [...files.values()].flatMap((own) => [...own.values()].map(({ source }) => source));
  return {
    files,
    claimed: new Set(claimed),
    named: inside.flatMap(({ main, path }) => (path === "." ? [] : posix.join(folderOf(main), path))),
    issues: [...outside(all, tree), ...unread(inside, tree)],
  };
}

interface Named extends BesidePath {
  readonly main: UnitFile;
  readonly place: Place;
}

const folderOf = ({ file }: UnitFile): string => posix.dirname(file);
const isOutside = (path: string): boolean => path === ".." || path.startsWith("../");

function namedBy(main: UnitFile, tree: Tree, units: readonly UnitFile[]): readonly Named[] {
  const own = units.filter((one) => one.main === main.unit);
  const text = mergedText(
    main.unit,
    own.map(({ unit, text: content }) => ({ name: unit, content })),
  );
  const read = (path: string) => tree.files.get(posix.join(folderOf(main), path));
  return pathsBeside(main.unit, text, read).map((path) => ({
    ...path,
    main,
    place: placeOf(path, own) ?? { file: main.file },
  }));
}

/** The last line with the value, which is the one in force. */
function placeOf({ key, value }: BesidePath, files: readonly UnitFile[]): Place | undefined {
  const places = files.flatMap(({ file, text }) =>
    unitLines(text)
      .filter(({ setting }) => setting?.key === key && setting.value === value)
      .map(({ first }) => ({ file, line: first, column: 1 })),
  );
  return places.at(-1);
}

/** The files of a path that a unit names, each with its path relative to the unit's folder. */
function filesAt(tree: Tree, folder: string, path: string): readonly (readonly [string, FileBeside])[] {
  const others = path === "." ? foldersOfOthers(tree, folder) : [];
  return [...tree.files].flatMap(([source, content]) => {
    if (!source.startsWith(`${folder}/`)) return [];
    const at = source.slice(folder.length + 1);
    if (!isWithin(at, path) || isQuadlet(source)) return [];
    // The unit's own folder may hold more than what belongs to the unit.
    const isOthers = others.some((other) => at.startsWith(`${other}/`)) || hasRole(source, content);
    if (path === "." && isOthers) return [];
    return [[at, { source, content, executable: tree.executable?.has(source) === true }] as const];
  });
}

/** podman reads Quadlets and their drop-ins in any folder below the unit folder, so these are instances. */
function isQuadlet(source: string): boolean {
  const role = roleOf(source.slice(DESIRED_STATE.length + 1));
  return role.role === "unit" && unitKindOf(role.main) !== undefined;
}

/** Whether a file beside a unit is something else than a file for the unit. */
function hasRole(source: string, content: string): boolean {
  const { role } = roleOf(source.slice(DESIRED_STATE.length + 1));
  return role === "manifest"
    ? /^(pattern|services)\s*:/m.test(content)
    : role === "unit" || role === "networks";
}

/** Folders below a unit's folder that hold units or manifests of their own. */
function foldersOfOthers(tree: Tree, folder: string): readonly string[] {
  const found = [...tree.files].flatMap(([source, content]) => {
    if (!source.startsWith(`${folder}/`) || !hasRole(source, content)) return [];
    const below = posix.dirname(source.slice(folder.length + 1));
    return below === "." ? [] : below;
  });
  return [...new Set(found)];
}

/** Files of the repository that a unit names above its own folder, which is where the unit folder ends. */
function outside(all: readonly Named[], { files }: Tree): readonly Issue[] {
  return all.flatMap(({ main, path, value, place }) => {
    const source = posix.join(folderOf(main), path);
    const isInGit = files.has(source) || [...files.keys()].some((file) => file.startsWith(`${source}/`));
    if (!isOutside(path) || !isInGit || main.file.startsWith(`${source}/`)) return [];
    const message = `${show(value)} names ${source}, which is outside of the folder of ${main.unit}`;
    const hint = `move it into ${folderOf(main)}/, or write the absolute path of a file of the host`;
    return issue("value-invalid", message, { place, instance: main.name, hint });
  });
}

/** What is named and stands in git as something else than plain files. */
function unread(all: readonly Named[], { refused }: Tree): readonly Issue[] {
  return all.flatMap(({ main, path }) =>
    path === "." ? [] : refusalsWithin(refused, posix.join(folderOf(main), path), main.name),
  );
}
