import { type FlagTable, flagsOf, GLOBAL_FLAGS } from "./podman-flags.ts";
import { UNKNOWN_WORDS } from "./unknown-parts.ts";

/** Maps a flag's canonical long name to its values in order; a flag without a value has `true` or `false`. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** A podman command line, taken apart. */
export interface PodmanCall {
  readonly global: Flags;
  /** `run`, `network create`, `pod create`, ... */
  readonly subcommand: string;
  readonly flags: Flags;
  /** What follows the flags: image and command, or the name of the object to create. */
  readonly rest: readonly string[];
  /** A variable of unknown value is among the flags. It may have become any number of flags. */
  readonly open: boolean;
}

const GROUPS = new Set(["container", "image", "network", "pod", "volume", "kube"]);

/**
 * Takes a podman command line apart. It begins with the program's own path, which is ignored. Flags may have
 * any form that podman's parser accepts: `--f v`, `--f=v`, `-f v`, `-fv`, `-f=v`, `-dit`. Undefined
 * if it has no subcommand.
 */
export function parsePodman(words: readonly string[]): PodmanCall | undefined {
  const global = readFlags(words.slice(1), GLOBAL_FLAGS);
  const [first, ...others] = global.rest;
  if (first === undefined) return undefined;
  const grouped = GROUPS.has(first) && others[0] !== undefined;
  const subcommand = grouped ? `${first} ${others[0]}` : first;
  const name = subcommand.replace(/^container /, "");
  const local = readFlags(grouped ? others.slice(1) : others, flagsOf(name));
  const open = global.open || local.open;
  return { global: global.flags, subcommand: name, flags: local.flags, rest: local.rest, open };
}

interface ReadWords {
  readonly flags: Flags;
  readonly open: boolean;
  readonly rest: readonly string[];
}

function readFlags(words: readonly string[], table: FlagTable): ReadWords {
  const flags = new Map<string, string[]>();
  const add = (name: string, value: string) => {
    const canonical = table.aliases[name] ?? name;
    const values = table.lists.has(canonical) ? value.split(",") : [value];
    flags.set(canonical, [...(flags.get(canonical) ?? []), ...values]);
  };
  let open = false;
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") {
      index += 1;
      break;
    }
    if (word === UNKNOWN_WORDS) {
      open = true;
      continue;
    }
    if (!/^-./.test(word)) break;
    const valueless = word.startsWith("--") ? readLong(word, table, add) : readShort(word, table, add);
    if (valueless === undefined) continue;
    index += 1;
    add(valueless, words[index] ?? "");
  }
  return { flags, rest: words.slice(index), open };
}

/** The name of the flag whose value is the next word, if there is one. */
function readLong(
  word: string,
  table: FlagTable,
  add: (name: string, value: string) => void,
): string | undefined {
  const equals = word.indexOf("=");
  if (equals > 0) {
    const name = word.slice(2, equals);
    const value = word.slice(equals + 1);
    add(name, table.booleans.has(name) ? booleanText(value) : value);
    return undefined;
  }
  const name = word.slice(2);
  if (!table.booleans.has(name)) return name;
  add(name, "true");
  return undefined;
}

function readShort(
  word: string,
  table: FlagTable,
  add: (name: string, value: string) => void,
): string | undefined {
  for (let index = 1; index < word.length; index += 1) {
    const letter = word.charAt(index);
    const name = table.shorts[letter] ?? letter;
    const value = word.slice(index + 1);
    if (!table.booleans.has(name)) {
      if (value === "") return name;
      add(name, value.replace(/^=/, ""));
      return undefined;
    }
    if (value.startsWith("=")) {
      add(name, booleanText(value.slice(1)));
      return undefined;
    }
    add(name, "true");
  }
  return undefined;
}

/** Go's strconv.ParseBool. */
function booleanText(value: string): string {
  return /^(1|t|true)$/i.test(value) ? "true" : "false";
}

/** The last value of a flag, which is the one that counts for podman's scalar flags. */
export function lastOf(flags: Flags, name: string): string | undefined {
  return flags.get(name)?.at(-1);
}

/** All values of a flag. */
export function allOf(flags: Flags, name: string): readonly string[] {
  return flags.get(name) ?? [];
}
