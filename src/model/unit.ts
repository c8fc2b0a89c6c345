import { digestOf } from "../lib/digest.ts";
import type { Place } from "./place.ts";
import type { PlainKind } from "./plain-unit.ts";

export const UNIT_KINDS = ["container", "pod", "network", "volume", "kube", "image", "build"] as const;
export type UnitKind = (typeof UNIT_KINDS)[number];

/**
 * One file that quadgate wants on the host. Quadlet sources and their drop-ins have names relative to the
 * unit directory (`jellyfin.container`, `traefik.container.d/10-x.conf`, `media/app.kube`), plain systemd
 * units and theirs relative to systemdDir (`backup.timer`). The kind `file` is any other file (a Traefik
 * route, a mounted configuration, a file beside a raw Quadlet), and its name is the absolute target path.
 */
export interface Unit {
  readonly name: string;
  readonly kind: UnitKind | PlainKind | "dropin" | "file";
  readonly instance: string;
  readonly content: string;
  /** Octal text, `0644` unless the manifest says otherwise; one of `GIT_MODE` for a file beside a Quadlet. */
  readonly mode: string;
  /** `unitDigest`, hex. */
  readonly digest: string;
  /** The manifest or raw source that a message about this unit points to. */
  readonly origin: Place;
  /** 1-based line of the content to its place in the manifest, if that is known. */
  readonly lines?: ReadonlyMap<number, Place>;
}

/** Container labels that tie a container to its instance and to the text that made it. */
export const LABEL_INSTANCE = "io.quadgate.instance";
export const LABEL_DIGEST = "io.quadgate.unit-digest";

/** git's modes of plain files. Whether a file is a program is all that git records of its mode. */
export const GIT_MODE = { file: "100644", program: "100755" } as const;

const DEFAULT_MODE = 0o644;
const PERMISSIONS = 0o7777;
const BY_OWNER = 0o100;

/**
 * sha256 of a unit's content. For a kind-`file` with its own mode, sha256 of both, because the text does not
 * contain the mode.
 */
export function unitDigest(unit: Pick<Unit, "kind" | "mode" | "content">): string {
  const mode = modeOf(unit) ?? DEFAULT_MODE;
  return digestOf(mode === DEFAULT_MODE ? unit.content : `${mode.toString(8)} ${unit.content}`);
}

/** The permission bits of a file; undefined for Quadlets and drop-ins, whose mode does not matter. */
export function modeOf({ kind, mode }: Pick<Unit, "kind" | "mode">): number | undefined {
  return kind === "file" ? permissionsIn(mode) : undefined;
}

/** The permission bits of a `Unit.mode`. */
export function permissionsIn(mode: string): number {
  return Number.parseInt(mode, 8) & PERMISSIONS;
}

/** Whether a mode on the host is as a unit says. A mode of git says only whether it is a program. */
export function isModeOf(unit: Pick<Unit, "kind" | "mode">, live: number): boolean {
  const mode = modeOf(unit);
  if (mode === undefined || mode === live) return true;
  return isGitMode(unit.mode) && unit.mode === gitModeOf(live);
}

/** The mode that git would record for a file of the host. */
export function gitModeOf(mode: number): string {
  return (mode & BY_OWNER) === 0 ? GIT_MODE.file : GIT_MODE.program;
}

/** Whether a mode is one of `GIT_MODE`. */
export function isGitMode(mode: string): boolean {
  return mode === GIT_MODE.file || mode === GIT_MODE.program;
}

/** One text of one unit: the same text under another name is something else. Both are parts of `Unit`. */
export function textKey(name: string, digest: string): string {
  return `${digest} ${name}`;
}

/** One text of one unit with the image (by its id in full) that its container was made of. */
export function imageKey(name: string, digest: string, imageId: string): string {
  return `${textKey(name, digest)} of image ${imageId}`;
}

/** The hooks of an instance, by their digest, as a text that a sync may have verified. */
export function hooksKey(instance: string, digest: string): string {
  return `${digest} hooks of ${instance}`;
}

/** The kind that a Quadlet file name's extension says, or undefined for other names. */
export function unitKindOf(name: string): UnitKind | undefined {
  const extension = name.slice(name.lastIndexOf(".") + 1);
  return UNIT_KINDS.find((kind) => kind === extension);
}

/** The unit file that a drop-in belongs to: `a.container` for `a.container.d/x.conf`; else the name. */
export function mainUnitOf(name: string): string {
  return name.replace(/\.d\/[^/]+$/, "");
}

/** The drop-in by which quadgate orders a raw Quadlet after what its instance depends on. */
export function orderDropInOf(unit: string): string {
  return `${unit}.d/90-quadgate-order.conf`;
}

/** Whether a unit is a drop-in of `orderDropInOf`. Order counts only when something starts. */
export function isOrderDropIn(name: string): boolean {
  return /\.d\/90-quadgate-order\.conf$/.test(name);
}

/** The drop-in by which quadgate keeps a container at the image that its text ran before. */
export function imagePinOf(unit: string): string {
  return `${unit}.d/90-quadgate-image.conf`;
}

/** The copy of a `.kube` unit's YAML that its drop-in of `imagePinOf` names. */
export function pinnedYamlOf(unitDir: string, unit: string): string {
  return `${unitDir}/${unit}.d/90-quadgate-image.yaml`;
}

/** Whether a unit is one by which quadgate keeps images: that of `imagePinOf` or of `pinnedYamlOf`. */
export function isImagePin(name: string): boolean {
  return /\.d\/90-quadgate-image\.(conf|yaml)$/.test(name);
}

/** How the image of one container of a `.kube` unit is noted among those of other units, by Unit.name. */
export function playedKey(unit: string, container: string): string {
  return `${unit} ${container}`;
}

/** The unit, and for a `.kube` the container, of a key of noted images. */
export function readImageKey(key: string): { readonly unit: string; readonly container?: string } {
  const space = key.indexOf(" ");
  return space < 0 ? { unit: key } : { unit: key.slice(0, space), container: key.slice(space + 1) };
}

/** Whether the text of a Quadlet or a drop-in puts its container into a pod: `Pod=app.pod`. */
export function joinsPod(content: string, pod: string): boolean {
  return [...content.matchAll(/^\s*Pod\s*=\s*(\S+)\s*$/gm)].some(([, name]) => name === fileNameOf(pod));
}

/** The service of a template's file (`x@.container`, `x@.service`): `x@.service`. Undefined for others. */
export function templateServiceOf(unit: string): string | undefined {
  const file = fileNameOf(unit);
  return !unit.startsWith("/") && /@\.(container|kube|service)$/.test(file)
    ? file.replace(/\.\w+$/, ".service")
    : undefined;
}

/** The name by which other units know a Quadlet, in whatever folder it is: `app.pod` for `media/app.pod`. */
export function fileNameOf(unit: string): string {
  return unit.slice(unit.lastIndexOf("/") + 1);
}

/** The instance of a template that `systemctl enable` would start, from its text. */
export function defaultInstanceOf(content: string): string | undefined {
  return /^\s*DefaultInstance\s*=\s*(\S+)\s*$/m.exec(content)?.[1];
}
