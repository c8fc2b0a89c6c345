import type { Host } from "../model/host.ts";
import { keptImageName } from "../model/kept-image.ts";
import type { Json } from "../model/live.ts";
import type { KeptText } from "../model/text-in-force.ts";
import { imagePinOf, pinnedYamlOf, playedKey, type Unit, unitDigest } from "../model/unit.ts";
import { indexImages, localId } from "../quadlet/argv/image-names.ts";
import { playedContainers, withImages } from "../quadlet/argv/kube-yaml.ts";
import { lastValueOf } from "../quadlet/argv/unit-text.ts";
import type { Generated, GeneratedService } from "../quadlet/generated.ts";

interface Seen {
  readonly generated: Generated;
  /** Of which quadgate may write the YAML. Else it is a file of the host. */
  readonly units: readonly Unit[];
  /** All local images. */
  readonly images: readonly Json[];
}

/** What keeps a unit at its old images. */
export interface ImagePins {
  readonly units: readonly Unit[];
  /** These images, and the names that mean others now. */
  readonly pinned: readonly { readonly image: string; readonly id: string }[];
}

/**
 * The copy of a `.kube` unit's YAML that names the images which its containers ran, and the drop-in that
 * names the copy. None if a start would bring these images anyway, or if the YAML cannot be read.
 */
export async function kubePins(
  host: Pick<Host, "facts" | "files">,
  unit: Unit,
  { images: ids }: Pick<KeptText, "images">,
  seen: Seen,
): Promise<ImagePins> {
  const service = seen.generated.byUnit.get(unit.name);
  const yaml = service && (await yamlOf(host, service, seen.units));
  if (service === undefined || yaml === undefined) return { units: [], pinned: [] };
  const local = indexImages(seen.images);
  const known = (playedContainers(yaml.content) ?? []).flatMap((one) => {
    const id = ids[playedKey(unit.name, one.name)];
    return id === undefined ? [] : [{ ...one, id }];
  });
  const isSame = known.every(
    ({ image, id, policy }) => (policy === "missing" || policy === "never") && localId(image, local) === id,
  );
  if (isSame) return { units: [], pinned: [] };
  const names = new Map(known.map(({ name, id }) => [name, keptImageName(id)]));
  const { instance, origin, name } = unit;
  const path = pinnedYamlOf(host.facts.unitDir, name);
  const copy = { name: path, kind: "file", instance, origin, mode: yaml.mode } as const;
  const dropIn = { name: imagePinOf(name), kind: "dropin", instance, origin, mode: "0644" } as const;
  return {
    units: [
      withDigest({ ...copy, content: `${COPIED}${withImages(yaml.content, names)}` }),
      withDigest({ ...dropIn, content: dropInText(path, service) }),
    ],
    pinned: known,
  };
}

const COPIED = [
  "# quadgate keeps the images here that ran before an update failed. The rest is a copy of the unit's YAML",
  "# from that time. A newer commit removes this file.",
  "",
].join("\n");

function dropInText(path: string, { text }: GeneratedService): string {
  const folder = lastValueOf(text, "Service", "WorkingDirectory");
  return [
    "# quadgate keeps the images here that ran before an update failed. A newer commit removes this file.",
    "[Kube]",
    "Yaml=",
    `Yaml=${path}`,
    "AutoUpdate=",
    // `SetWorkingDirectory=yaml` would mean the folder of the copy.
    ...(folder === undefined ? [] : ["[Service]", `WorkingDirectory=${folder}`]),
    "",
  ].join("\n");
}

function withDigest(unit: Omit<Unit, "digest">): Unit {
  return { ...unit, digest: unitDigest(unit) };
}

/** All of a unit's YAML as one text, with the mode of its file. Undefined if it cannot be read. */
async function yamlOf(
  { files }: Pick<Host, "files">,
  { call }: GeneratedService,
  units: readonly Unit[],
): Promise<{ readonly content: string; readonly mode: string } | undefined> {
  const paths = call?.subcommand === "kube play" ? call.rest : [];
  const found = await files.readPlain(paths);
  const texts = paths.flatMap((path) => {
    const file = found.get(path);
    const own = units.find(({ name }) => name === path);
    if (own !== undefined) return [own];
    return file !== undefined && "content" in file ? [{ content: file.content, mode: octal(file.mode) }] : [];
  });
  const [first] = texts;
  if (first === undefined || texts.length < paths.length) return undefined;
  return { content: texts.map(({ content }) => content).join("\n---\n"), mode: first.mode };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** By the keys of `TextInForce.images`: the ids of the local images that the YAML of `.kube` units names. */
export async function playedImageIds(
  host: Pick<Host, "files">,
  names: Iterable<string>,
  { generated, units, images }: Seen,
): Promise<Readonly<Record<string, string>>> {
  const local = indexImages(images);
  const ids: Record<string, string> = {};
  for (const unit of new Set(names)) {
    const service = generated.byUnit.get(unit);
    const yaml = service && (await yamlOf(host, service, units));
    for (const { name, image } of playedContainers(yaml?.content ?? "") ?? []) {
      const id = localId(image, local);
      if (id !== null) ids[playedKey(unit, name)] = id;
    }
  }
  return ids;
}
