import { at, type Json, listAt, textAt } from "../../model/live.ts";
import { allOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import type { Flat } from "../flat.ts";
import type { IndexedLive } from "../indexed-live.ts";
import type { FieldRow } from "../row.ts";

const MOUNTED = "mounted";
const REPLACED = "another secret of that name";
/** The value of a secret that podman no longer has. */
const SECRET_GONE = "no such secret";
const FROM_ENVIRONMENT = /(^|,)type=env(,|$)/;

/** A secret as a command asks for it. */
interface Use {
  readonly key: string;
  readonly name: string;
  /** Sorted, with commas between. */
  readonly options: string;
}

/** The key of a secret. If a command uses it more than once, the key says how it is used. */
function usesOf(call: PodmanCall): readonly Use[] {
  const uses = allOf(call.flags, "secret").map((value) => {
    const [name = "", ...options] = value.split(",");
    return { name, options: [...options].sort().join(",") };
  });
  return uses.map(({ name, options }) => {
    const alone = uses.filter((other) => other.name === name).length === 1;
    return { key: alone ? name : `${name} (${options})`, name, options };
  });
}

/**
 * Secrets by name, and whether they are still the ones of that name: if one is missing, the next start fails.
 * A mounted secret keeps its content from when the container was made; podman records its id, owner and mode.
 * A secret that is a variable is read at every start and leaves no id.
 */
export const secrets: FieldRow = {
  name: "secrets",
  flags: ["secret"],
  declared: ({ call }) =>
    Object.fromEntries(usesOf(call).map(({ key, options }) => [key, options || MOUNTED])),
  container: (expected, container, { call, live, asked }, wanted) => {
    const uses = usesOf(call).filter(({ key }) => key in expected);
    const isGone = ({ key, name }: Use) => key in wanted && isSecretGone(name, asked, live);
    const observed = uses.map(
      (use) => [use.key, isGone(use) ? SECRET_GONE : liveText(use, container, live)] as const,
    );
    return Object.fromEntries(observed.filter((pair): pair is [string, string] => pair[1] !== undefined));
  },
  text: (value, keys) =>
    (keys.length > 0
      ? keys.filter((key) => key in value).map((key) => named(key, value))
      : Object.keys(value)
    ).join(", ") || "none",
  movedInput: (changed) => {
    const how = changed.map(({ to }) => MOVED[to ?? ""]);
    return how.includes(undefined) ? undefined : [...new Set(how)].join("; ");
  },
};

const MOVED: Readonly<Record<string, string>> = {
  [REPLACED]: "the secret was replaced since",
  [SECRET_GONE]: "podman no longer has the secret, so the next start fails",
};

/** Whether the desired command names a secret that podman was asked for and does not have. */
export function isSecretGone(name: string, asked: PodmanCall | undefined, live: IndexedLive): boolean {
  return asked !== undefined && usesOf(asked).some((use) => use.name === name) && !isThere(name, live);
}

/** Whether podman has a secret; a unit may also name one by the beginning of its id. */
function isThere(name: string, { secrets, index }: IndexedLive): boolean {
  return index.secrets.has(name) || secrets.some((one) => textAt(one, "ID").startsWith(name));
}

function named(key: string, value: Flat): string {
  return value[key] === MOUNTED ? key : `${key} (${value[key]})`;
}

function liveText({ name, options }: Use, container: Json, live: IndexedLive): string | undefined {
  const secret = live.index.secrets.get(name)?.[0];
  if (FROM_ENVIRONMENT.test(options)) {
    return secret !== undefined && isYounger(secret, container) ? REPLACED : options;
  }
  const noted = listAt(container, "Config", "Secrets").filter((one) => textAt(one, "Name") === name);
  if (noted.length === 0) return undefined;
  const id = textAt(secret, "ID");
  if (id !== "" && !noted.some((one) => textAt(one, "ID") === id)) return REPLACED;
  return noted.some((one) => hasOptions(one, options)) ? options || MOUNTED : optionsOf(noted[0] ?? null);
}

/** Whether a secret was set after the container was started. */
function isYounger(secret: Json, container: Json): boolean {
  const [set, started] = [textAt(secret, "UpdatedAt"), textAt(container, "State", "StartedAt")];
  return at(container, "State", "Running") === true && Date.parse(set) > Date.parse(started);
}

/** Owner and mode, if they are declared; podman records the mode as a decimal number. */
function hasOptions(noted: Json, options: string): boolean {
  const declared = new Map(options.split(",").map((option) => option.split("=", 2) as [string, string]));
  const same = (key: string, field: string, radix: number) => {
    const text = declared.get(key);
    return text === undefined || Number.parseInt(text, radix) === at(noted, field);
  };
  return same("uid", "UID", 10) && same("gid", "GID", 10) && same("mode", "Mode", 8);
}

function optionsOf(noted: Json): string {
  const mode = Number(at(noted, "Mode") ?? 0).toString(8);
  return `gid=${at(noted, "GID") ?? 0},mode=0${mode},uid=${at(noted, "UID") ?? 0}`;
}
