import { posix } from "node:path";
import { isWithin } from "../lib/is-within.ts";
import { splitWords } from "../lib/systemd-words.ts";
import { type Unit, type UnitKind, unitKindOf } from "../model/unit.ts";
import { playedFolders } from "./argv/kube-yaml.ts";
import { lastValueOf, type UnitText, valuesOf } from "./argv/unit-text.ts";
import { mergedText } from "./plain-units.ts";

/** A path that a Quadlet names relative to its own folder. */
export interface BesidePath {
  /** Normalized, without a slash at its end: `app.env`, `conf`, `.` for the folder itself, `../x`. */
  readonly path: string;
  /** The key that names it, and the value as it is written. */
  readonly key: string;
  readonly value: string;
}

/** Reads a file by its path relative to the unit's folder; undefined if it is not known. */
export type ReadBeside = (path: string) => string | undefined;

/**
 * The paths that a Quadlet names relative to its own folder, as podman's generator makes them absolute (tried
 * with 5.4 and 5.8). `text` is the unit with its drop-ins. What has a specifier (`%h/x`) is the host's.
 */
export function pathsBeside(unit: string, text: UnitText, read: ReadBeside): readonly BesidePath[] {
  const kind = unitKindOf(unit);
  const found = kind === undefined ? [] : (PATHS[kind]?.(text, read) ?? []);
  return found
    .filter(({ path }) => isRelative(path))
    .map((one) => ({ ...one, path: posix.normalize(one.path).replace(/(?<=.)\/+$/, "") }));
}

/** By a file: the names of the units that read it, of those which are given. */
export function readersOf(units: readonly Unit[], unitDir: string): (file: Reading) => readonly string[] {
  const texts = units.filter(({ kind }) => kind !== "file");
  const contents = new Map(units.map(({ name, content }) => [name, content]));
  const rows = texts.flatMap(({ name, kind, instance }) => {
    if (kind === "dropin") return [];
    const folder = posix.join(unitDir, posix.dirname(name));
    const read = (path: string) => contents.get(posix.join(folder, path));
    return pathsBeside(name, mergedText(name, texts), read).map(({ path }) => ({
      name,
      // The folder itself holds files of other instances too.
      own: path === "." ? instance : undefined,
      path: posix.join(folder, path),
    }));
  });
  return (file) => {
    const readers = rows.filter(
      ({ own, path }) => isWithin(file.name, path) && (own === undefined || own === file.instance),
    );
    return [...new Set(readers.map(({ name }) => name))];
  };
}

type Reading = Pick<Unit, "name" | "instance">;

type PathsOf = (text: UnitText, read: ReadBeside) => readonly BesidePath[];

const PATHS: Readonly<Partial<Record<UnitKind, PathsOf>>> = {
  container: (text) => [
    ...words(text, "Container", "EnvironmentFile"),
    ...volumes(text, "Container"),
    ...mounts(text),
  ],
  pod: (text) => volumes(text, "Pod"),
  kube: kubePaths,
  build: buildPaths,
};

function isRelative(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.includes("%") && !/^[a-z][a-z0-9+.-]*:/i.test(path);
}

function words(text: UnitText, section: string, key: string): readonly BesidePath[] {
  return valuesOf(text, section, key).flatMap((value) =>
    splitWords(value).map((path) => ({ path, key, value })),
  );
}

/** Only a source with a dot in front is a path; any other is the name of a volume. */
function volumes(text: UnitText, section: string): readonly BesidePath[] {
  return valuesOf(text, section, "Volume").flatMap((value) => {
    const [path = "", target] = value.split(":");
    return path.startsWith(".") && target !== undefined ? [{ path, key: "Volume", value }] : [];
  });
}

function mounts(text: UnitText): readonly BesidePath[] {
  return valuesOf(text, "Container", "Mount").flatMap((value) => {
    const path = /(?:^|,)(?:source|src)=([^,]*)/.exec(splitWords(value)[0] ?? "")?.[1] ?? "";
    return path.startsWith(".") ? [{ path, key: "Mount", value }] : [];
  });
}

/** `SetWorkingDirectory=` says which folder the relative paths in the YAML are from. */
function kubePaths(text: UnitText, read: ReadBeside): readonly BesidePath[] {
  const yaml = words(text, "Kube", "Yaml");
  const from = lastValueOf(text, "Kube", "SetWorkingDirectory");
  const folder = from === "yaml" ? posix.dirname(yaml[0]?.path ?? "") : from === "unit" ? "." : undefined;
  const inYaml = yaml.flatMap(({ path, key, value }) =>
    folder === undefined
      ? []
      : playedFolders(read(path) ?? "").map((inner) => ({ path: posix.join(folder, inner), key, value })),
  );
  return [...yaml, ...words(text, "Kube", "ConfigMap"), ...inYaml];
}

/** Keys of a build whose paths are relative to the folder that podman runs in. */
const BUILD_FILES = ["File", "IgnoreFile", "AuthFile"];

function buildPaths(text: UnitText): readonly BesidePath[] {
  const directory = lastValueOf(text, "Build", "SetWorkingDirectory");
  const mounted = volumes(text, "Build");
  // The generator sets no folder then, and podman runs in another one.
  if (directory === undefined || !isRelative(directory)) return mounted;
  const files = BUILD_FILES.flatMap((key) =>
    valuesOf(text, "Build", key)
      .slice(-1)
      .map((path) => ({ path, key, value: path })),
  );
  return [...mounted, ...files, ...contextOf(directory, lastValueOf(text, "Build", "File"))];
}

function contextOf(directory: string, file: string | undefined): readonly BesidePath[] {
  const context = { key: "SetWorkingDirectory", value: directory };
  if (directory === "unit") return [{ ...context, path: "." }];
  if (directory !== "file") return isGitHost(directory) ? [] : [{ ...context, path: directory }];
  return file === undefined ? [] : [{ ...context, path: isRelative(file) ? posix.dirname(file) : file }];
}

/** podman takes these for repositories (podman-build(1)). */
function isGitHost(directory: string): boolean {
  return directory.startsWith("github.com/") || directory.startsWith("git@");
}
