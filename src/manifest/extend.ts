import type { YamlText } from "./yaml.ts";

/**
 * What only the pattern itself has: it says which pattern to choose, or is an instance of that very pattern.
 */
const NOT_INHERITED = ["name", "extends", "choose", "useCases", "exampleServices", "examples"];

/** Lists that always add up: a pattern must not lose a rule because it extends another. */
const ALWAYS_ADDED = ["rules"];

type Data = Readonly<Record<string, unknown>>;

/** What merging learns about paths, so that the maps of places can follow. */
interface Moves {
  /** Paths of the parent that the merged file does not have. */
  readonly dropped: string[];
  /** Lists of the child that follow `offset` entries of the parent's list. */
  readonly appended: { readonly from: string; readonly to: string; readonly offset: number }[];
}

/**
 * Merges a pattern's file over the one that it extends: maps key by key, everything else replaced. A list
 * under `key+` adds to the inherited one, and a key without a value removes it. Each value keeps the place
 * where it is written.
 */
export function extendYaml(parent: YamlText, child: YamlText): YamlText {
  const moves: Moves = { dropped: [...NOT_INHERITED], appended: [] };
  const inherited = Object.fromEntries(
    Object.entries(asMap(parent.data) ?? {}).filter(([key]) => !NOT_INHERITED.includes(key)),
  );
  const data = mergeMaps(inherited, asMap(child.data) ?? {}, "", moves);
  return {
    file: child.file,
    data,
    issues: child.issues,
    places: mergePaths(parent.places, child.places, moves),
    keys: mergePaths(parent.keys, child.keys, moves),
    texts: mergePaths(parent.texts, child.texts, moves),
  };
}

function asMap(data: unknown): Data | undefined {
  return typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Data) : undefined;
}

const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function mergeMaps(parent: Data, child: Data, path: string, moves: Moves): Data {
  const merged: Record<string, unknown> = { ...parent };
  for (const [written, value] of Object.entries(child)) {
    const key = withoutPlus(written);
    const base = Object.hasOwn(parent, key) ? parent[key] : undefined;
    const added = key !== written || (path === "" && ALWAYS_ADDED.includes(key));
    if (added && Array.isArray(value) && (base === undefined || Array.isArray(base))) {
      merged[key] = [...(base ?? []), ...value];
      moves.appended.push({ from: below(path, written), to: below(path, key), offset: base?.length ?? 0 });
    } else if (value === null && base !== undefined) {
      delete merged[key];
      moves.dropped.push(below(path, key));
    } else {
      merged[written] = mergeValues(base, value, below(path, written), moves);
    }
  }
  return merged;
}

function mergeValues(parent: unknown, child: unknown, path: string, moves: Moves): unknown {
  const [base, own] = [asMap(parent), asMap(child)];
  if (base && own) return mergeMaps(base, own, path, moves);
  moves.dropped.push(path);
  return child;
}

/** The list that `useCases+` adds to: `useCases`. */
export const withoutPlus = (key: string): string => key.replace(/\+$/, "");

const isAt = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}.`);

function mergePaths<T>(
  parent: ReadonlyMap<string, T>,
  child: ReadonlyMap<string, T>,
  { dropped, appended }: Moves,
): ReadonlyMap<string, T> {
  const kept = [...parent].filter(([path]) => !dropped.some((prefix) => isAt(path, prefix)));
  const own = [...child].map(([path, value]) => [moved(path, appended), value] as const);
  return new Map([...kept, ...own]);
}

function moved(path: string, appended: Moves["appended"]): string {
  const move = appended.find(({ from }) => isAt(path, from));
  if (move === undefined) return path;
  const [index, ...rest] = path.slice(move.from.length + 1).split(".");
  if (index === undefined || index === "") return move.to;
  return [move.to, String(Number(index) + move.offset), ...rest].join(".");
}
