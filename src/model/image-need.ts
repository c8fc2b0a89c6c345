import { digestOf } from "../lib/digest.ts";

/** One image that services need before they start, and the podman command that brings it. */
export interface ImageNeed {
  /** The image's name, or the name that a build gives it. */
  readonly image: string;
  /** `none`: the unit says that podman must not pull it, and it is not there. */
  readonly how: "pull" | "build" | "none";
  /** The words of the command after `podman`. They hold no login. */
  readonly words: readonly string[];
  /** Variables of the service's own environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The folder that the command runs in; absent: any. */
  readonly folder?: string;
  /** `USER:PASSWORD` for the registry, if the unit has one; it must not become an argument. */
  readonly login?: string;
  /** Whether the image that is there will do if the registry gives no newer one. */
  readonly optional: boolean;
  /** If one of these files is there, podman builds the image by itself and pulls nothing. */
  readonly unless: readonly string[];
  /** Set if a build reads files of the unit folder that the plan has yet to write. */
  readonly staged?: StagedFiles;
  /** The instances that cannot start without it. */
  readonly instances: readonly string[];
}

/** Files that stand in for those of a folder, with paths relative to it. */
export interface StagedFiles {
  /** The folder that the command names. */
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: number }[];
}

/** Two needs with the same key are met by the same command. */
export function needKey({ how, words, variables, folder, login, staged }: ImageNeed): string {
  const key = [how, words, Object.entries(variables).sort(), folder, login];
  return JSON.stringify(staged === undefined ? key : [...key, digestOf(JSON.stringify(staged))]);
}

/** How far an image is, as far as podman lets it be known. */
export interface ImageProgress {
  /** Layers that podman has begun to fetch or found here, or steps of a build. */
  readonly parts: number;
  /** The number of steps of a build; absent: not known. */
  readonly of?: number;
  /** Bytes that podman has fetched; absent: not known. */
  readonly bytes?: number;
}

/** `4 layers, 31 MB` or `step 2 of 5`, as far as it is known. */
export function describeProgress({ parts, of, bytes }: ImageProgress): string {
  if (of !== undefined) return `step ${parts} of ${of}`;
  const layers = `${parts} ${parts === 1 ? "layer" : "layers"}`;
  return bytes === undefined ? layers : `${layers}, ${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
