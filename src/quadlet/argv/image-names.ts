import { splitImageReference } from "../../lib/image-reference.ts";
import { type Json, listAt, textAt } from "../../model/live.ts";

/** A reference with its default tag; a tag beside a digest is removed. */
export function canonicalImage(reference: string): string {
  const bare = reference.replace(/^docker:\/\//, "");
  const { repository, tag, digest } = splitImageReference(bare);
  if (digest !== undefined) return `${repository}@${digest}`;
  return isImageId(bare) || tag ? bare : `${bare}:latest`;
}

function isImageId(reference: string): boolean {
  return /^(sha256:)?[0-9a-f]{12,64}$/.test(reference);
}

/** An id as people write it: twelve digits. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** Whether podman may have resolved the reference to that name. Short names get a registry, ids some tag. */
export function isSameImage(reference: string, name: string, id: string): boolean {
  const live = canonicalImage(name);
  if (reference === live) return true;
  if (isImageId(reference)) return shortId(reference) === id;
  return !isQualified(reference) && live.endsWith(`/${reference}`);
}

function isQualified(reference: string): boolean {
  const [first = ""] = reference.split("/");
  return reference.includes("/") && (/[.:]/.test(first) || first === "localhost");
}

/** The images of the local storage, indexed by name. */
export interface ImageIndex {
  readonly all: readonly Json[];
  /** By each of their full names. */
  readonly byFullName: ReadonlyMap<string, readonly Json[]>;
}

/** Reads the images once, however many references are looked up later. */
export function indexImages(images: readonly Json[]): ImageIndex {
  const found = new Map<string, Json[]>();
  for (const image of images) {
    for (const name of new Set(namesOf(image).map(canonicalImage))) {
      found.set(name, [...(found.get(name) ?? []), image]);
    }
  }
  return { all: images, byFullName: found };
}

/** The images of the local storage that a reference names. */
export function imagesNamed(reference: string, { all, byFullName }: ImageIndex): readonly Json[] {
  const wanted = canonicalImage(reference);
  const exact = byFullName.get(wanted) ?? [];
  if (isQualified(wanted) && !isImageId(wanted)) return exact;
  return all.filter((image) => {
    const id = shortId(textAt(image, "Id"));
    return namesOf(image).some((name) => isSameImage(wanted, name, id));
  });
}

/** The id of the one local image that a reference names; null: there is none, or there are several. */
export function localId(reference: string, images: ImageIndex): string | null {
  const found = imagesNamed(reference, images).map((image) => textAt(image, "Id").replace(/^sha256:/, ""));
  const [id, ...others] = new Set(found);
  return id === undefined || others.length > 0 ? null : id;
}

function namesOf(image: Json): readonly string[] {
  return ["Names", "RepoTags", "RepoDigests"].flatMap((key) => listAt(image, key).map(String));
}
