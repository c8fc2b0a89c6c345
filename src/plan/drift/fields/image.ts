import { type Json, type LiveState, listAt, textAt } from "../../../model/live.ts";
import { allOf } from "../../argv/podman.ts";
import { type FieldRow, flat } from "../row.ts";

/**
 * The image by name, and by id: a tag that has moved since leaves the name alone. An image that is no longer
 * in the local storage is compared by name only.
 */
export const image: FieldRow = {
  name: "image",
  flags: ["rootfs"],
  always: true,
  declared: ({ call }, { live }) => {
    const reference = call.rest[0] ?? "";
    if (allOf(call.flags, "rootfs").includes("true")) return flat({ rootfs: reference });
    return flat({ name: canonicalImage(reference), id: imageId(reference, live) });
  },
  container: (expected, container, _context, wanted) => {
    if (expected.rootfs !== undefined)
      return flat({ rootfs: textAt(container, "Rootfs") || expected.rootfs });
    const name = textAt(container, "ImageName");
    const id = shortId(textAt(container, "Image"));
    return flat({
      name:
        [wanted.name, expected.name].find((candidate) => isSameImage(candidate ?? "", name, id)) ??
        canonicalImage(name),
      id: expected.id === undefined ? undefined : id,
    });
  },
  text: (value, keys) => {
    const name = value.rootfs ?? value.name ?? "";
    return keys.length === 1 && keys[0] === "id" ? `${name} (${value.id ?? "no image"})` : name;
  },
  changedBy: (changed) =>
    changed.some(({ key }) => key === "id") ? "the tag has moved to another image since" : undefined,
};

/** A reference with its default tag, without a tag beside a digest. */
function canonicalImage(reference: string): string {
  const bare = reference.replace(/^docker:\/\//, "");
  const digest = bare.indexOf("@");
  if (digest >= 0) return bare.slice(0, digest).replace(/:[^:/]*$/, "") + bare.slice(digest);
  return isImageId(bare) || /:[^:/]+$/.test(bare) ? bare : `${bare}:latest`;
}

function isImageId(reference: string): boolean {
  return /^(sha256:)?[0-9a-f]{12,64}$/.test(reference);
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** Whether podman may have resolved the reference to that name: short names get a registry, ids some tag. */
function isSameImage(reference: string, name: string, id: string): boolean {
  const live = canonicalImage(name);
  if (reference === live) return true;
  if (isImageId(reference)) return shortId(reference) === id;
  const [first = ""] = reference.split("/");
  const qualified = reference.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return !qualified && live.endsWith(`/${reference}`);
}

/** The id of the local image that a reference names now; undefined when none does, or several may. */
function imageId(reference: string, live: LiveState): string | undefined {
  const wanted = canonicalImage(reference);
  const ids = live.images
    .map((candidate) => ({ id: shortId(textAt(candidate, "Id")), names: namesOf(candidate) }))
    .filter(({ id, names }) => names.some((name) => isSameImage(wanted, name, id)))
    .map(({ id }) => id);
  return new Set(ids).size === 1 ? ids[0] : undefined;
}

function namesOf(candidate: Json): readonly string[] {
  return ["Names", "RepoTags", "RepoDigests"].flatMap((key) => listAt(candidate, key).map(String));
}
