import { type Json, listAt, textAt } from "../../model/live.ts";

/** A reference with its default tag, without a tag beside a digest. */
export function canonicalImage(reference: string): string {
  const bare = reference.replace(/^docker:\/\//, "");
  const digest = bare.indexOf("@");
  if (digest >= 0) return bare.slice(0, digest).replace(/:[^:/]*$/, "") + bare.slice(digest);
  return isImageId(bare) || /:[^:/]+$/.test(bare) ? bare : `${bare}:latest`;
}

function isImageId(reference: string): boolean {
  return /^(sha256:)?[0-9a-f]{12,64}$/.test(reference);
}

/** An id as people write it: twelve digits. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** Whether podman may have resolved the reference to that name: short names get a registry, ids some tag. */
export function isSameImage(reference: string, name: string, id: string): boolean {
  const live = canonicalImage(name);
  if (reference === live) return true;
  if (isImageId(reference)) return shortId(reference) === id;
  const [first = ""] = reference.split("/");
  const qualified = reference.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return !qualified && live.endsWith(`/${reference}`);
}

/** Whether an image of the local storage goes by a reference. */
export function namesImage(reference: string, candidate: Json): boolean {
  const id = shortId(textAt(candidate, "Id"));
  return namesOf(candidate).some((name) => isSameImage(canonicalImage(reference), name, id));
}

function namesOf(candidate: Json): readonly string[] {
  return ["Names", "RepoTags", "RepoDigests"].flatMap((key) => listAt(candidate, key).map(String));
}
