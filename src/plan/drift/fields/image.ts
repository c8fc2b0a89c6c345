import { type LiveState, textAt } from "../../../model/live.ts";
import { canonicalImage, isSameImage, namesImage, shortId } from "../../argv/image-names.ts";
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
  movedInput: (changed) =>
    changed.some(({ key }) => key === "id") ? "the tag has moved to another image since" : undefined,
};

/** The id of the local image that a reference names now; undefined when none does, or several may. */
function imageId(reference: string, live: LiveState): string | undefined {
  const wanted = canonicalImage(reference);
  const ids = live.images
    .filter((candidate) => namesImage(wanted, candidate))
    .map((candidate) => shortId(textAt(candidate, "Id")));
  return new Set(ids).size === 1 ? ids[0] : undefined;
}
