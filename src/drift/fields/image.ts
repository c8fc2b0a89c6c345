import { textAt } from "../../model/live.ts";
import { canonicalImage, imagesNamed, isSameImage, shortId } from "../../quadlet/argv/image-names.ts";
import { allOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { IndexedLive } from "../indexed-live.ts";
import type { FieldRow, RowContext } from "../row.ts";

/**
 * The image by name and by id, because a tag that has moved does not change the name. An image that is no
 * longer in the local storage is compared by name only.
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
  container: (expected, container, context, wanted) => {
    if (expected.rootfs !== undefined)
      return flat({ rootfs: textAt(container, "Rootfs") || expected.rootfs });
    const name = textAt(container, "ImageName");
    const id = shortId(textAt(container, "Image"));
    const candidates = [wanted.name ?? "", expected.name ?? ""];
    return flat({
      name:
        candidates.find((candidate) => isSameImage(candidate, name, id) || isNamed(candidate, id, context)) ??
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

/** For `docker://NAME`, podman records some name of the image that it found, not the requested one. */
function isNamed(candidate: string, id: string, { call, live }: RowContext): boolean {
  if (!call.rest[0]?.startsWith("docker://")) return false;
  return imagesNamed(candidate, live.index.images).some((one) => shortId(textAt(one, "Id")) === id);
}

/** The id of the local image that a reference names now; undefined if it names none or possibly several. */
function imageId(reference: string, live: IndexedLive): string | undefined {
  const ids = imagesNamed(reference, live.index.images).map((one) => shortId(textAt(one, "Id")));
  return new Set(ids).size === 1 ? ids[0] : undefined;
}
