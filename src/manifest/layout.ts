import type { Issue } from "../model/issue.ts";
import { PLAIN_KINDS, plainKindOf } from "../model/plain-unit.ts";
import { UNIT_KINDS, unitKindOf } from "../model/unit.ts";
import { issue } from "./codes.ts";
import { nearest, show } from "./message-parts.ts";
import { baseOf, stemOf } from "./paths.ts";

export const DESIRED_STATE = "desired-state";

/** What a file of desired-state/ is. `unit` is the path below the unit directory, or below systemdDir. */
export type Role =
  | { readonly role: "manifest"; readonly name: string }
  | { readonly role: "networks" }
  | { readonly role: "unit"; readonly name: string; readonly unit: string; readonly main: string }
  | { readonly role: "refused"; readonly issue: Issue }
  | { readonly role: "ignored" };

/** How the names of the drop-ins begin that quadgate writes itself. */
const OWN_DROP_INS = "90-quadgate-";

/** systemd's kinds of units that quadgate does not deploy. */
const OTHER_SUFFIXES = "mount automount slice scope swap device".split(" ");
const READ_SUFFIXES = ["yaml", ...UNIT_KINDS, ...PLAIN_KINDS];

/** Says what a file is by its path below desired-state/. Ignores unknown files and refuses near misses. */
export function roleOf(path: string): Role {
  const folder = baseOf(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  const inFolder = folder.endsWith(".d") ? roleInDropInFolder(path, folder) : undefined;
  if (inFolder) return inFolder;
  if (path === "networks.yaml") return { role: "networks" };
  const base = baseOf(path);
  const suffix = suffixOf(base);
  if (suffix === "yaml") return { role: "manifest", name: stemOf(base) };
  if (isUnit(base) && suffix !== "") return { role: "unit", name: stemOf(base), unit: base, main: base };
  return refusal(path, suffix) ?? { role: "ignored" };
}

/** Whether a file's or a drop-in folder's name is that of a Quadlet source or a plain systemd unit. */
function isUnit(name: string): boolean {
  return unitKindOf(name) !== undefined || plainKindOf(name) !== undefined;
}

function suffixOf(base: string): string {
  const dot = base.lastIndexOf(".");
  return dot > 0 ? base.slice(dot + 1) : "";
}

function roleInDropInFolder(path: string, folder: string): Role | undefined {
  const main = folder.slice(0, -".d".length);
  const base = baseOf(path);
  if (OTHER_SUFFIXES.includes(suffixOf(main))) return unmanaged(path);
  if ([...UNIT_KINDS, ...PLAIN_KINDS].some((kind) => kind === main)) {
    return refuse(
      path,
      undefined,
      "quadgate does not support a drop-in for every unit of a kind",
      "write a drop-in for each unit",
    );
  }
  if (!isUnit(main) || suffixOf(main) === "") return undefined;
  const name = stemOf(main);
  if (base.startsWith(OWN_DROP_INS)) {
    const message = `${show(base)} is a name of quadgate's own drop-ins`;
    return refuse(path, name, message, "rename the file");
  }
  if (base.endsWith(".conf")) return { role: "unit", name, unit: `${folder}/${base}`, main };
  return refuse(
    path,
    name,
    "only .conf files in a drop-in folder are read",
    "rename it, or move it elsewhere",
  );
}

function refusal(path: string, suffix: string): Role | undefined {
  if (suffix === "yml") {
    const hint = `rename it to ${baseOf(path).replace(/yml$/, "yaml")}`;
    return refuse(path, stemOf(path), "quadgate reads .yaml files, not .yml", hint);
  }
  if (OTHER_SUFFIXES.includes(suffix)) return unmanaged(path);
  if (suffix === "artifact") {
    return refuse(path, stemOf(path), "this version does not support Quadlets of the kind .artifact");
  }
  const meant = suffix === "" ? undefined : nearest(suffix, READ_SUFFIXES);
  if (meant === undefined) return undefined;
  return refuse(
    path,
    stemOf(path),
    `unknown file type ${show(`.${suffix}`)}`,
    `did you mean ${show(`.${meant}`)}?`,
  );
}

/** Names no instance: a mount beside a Quadlet must not hold the Quadlet up. */
function unmanaged(path: string): Role {
  const kinds = PLAIN_KINDS.map((kind) => `.${kind}`).join(" ");
  const message = `quadgate deploys Quadlets and ${kinds} units, but no other systemd units`;
  return refuse(path, undefined, message, "keep it outside desired-state/ and install it by hand");
}

function refuse(path: string, instance: string | undefined, message: string, hint?: string): Role {
  const place = { file: `${DESIRED_STATE}/${path}` };
  return { role: "refused", issue: issue("file-type", message, { place, instance, hint }) };
}
