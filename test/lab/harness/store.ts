import { exec, type LabUser } from "./enter.ts";
import { type LabImage, labImages } from "./images.ts";
import type { LabRecord } from "./registry.ts";

/** Where a lab that makes the images sees their root file systems. */
export const imageFolder = "/var/lib/lab-images";

function changes(image: LabImage): string[] {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const lines = [`CMD ${JSON.stringify(image.cmd)}`];
  if (image.entrypoint) lines.push(`ENTRYPOINT ${JSON.stringify(image.entrypoint)}`);
  if (image.user) lines.push(`USER ${image.user}`);
  for (const [name, value] of Object.entries({ PATH: path, ...image.env }))
    lines.push(`ENV ${name}=${value}`);
  for (const port of image.expose ?? []) lines.push(`EXPOSE ${port}`);
  if (image.volume) lines.push(`VOLUME ${image.volume}`);
  if (image.workdir) lines.push(`WORKDIR ${image.workdir}`);
  if (image.stopSignal) lines.push(`STOPSIGNAL ${image.stopSignal}`);
  // The name is a label so that no two images are the same but for their tags.
  lines.push(`LABEL test.lab.image=${image.names[0]}`);
  for (const [name, value] of Object.entries(image.labels ?? {})) lines.push(`LABEL ${name}=${value}`);
  return lines.flatMap((line) => ["--change", line]);
}

/** Makes the lab's images, with all their names, in the store of a user. Images of one root file system share a layer. */
export async function importImages(lab: LabRecord, user: LabUser): Promise<void> {
  for (const image of labImages) {
    const [first, ...others] = image.names;
    const tar = `${imageFolder}/${image.from}.tar`;
    await exec(lab, ["podman", "import", "-q", ...changes(image), tar, first], { user });
    if (others.length > 0) await exec(lab, ["podman", "tag", first, ...others], { user });
  }
}
