import type { Host } from "../model/host.ts";
import type { Inventory } from "../model/inventory.ts";
import { keptImageName } from "../model/kept-image.ts";
import { type Json, textAt } from "../model/live.ts";
import type { KeptText } from "../model/text-in-force.ts";
import { imagePinOf, isImagePin, readImageKey, type Unit, unitDigest } from "../model/unit.ts";
import { shortId } from "../quadlet/argv/image-names.ts";
import type { Generated } from "../quadlet/generated.ts";
import { unitImages } from "../quadlet/images.ts";
import { startedWith, startsOf } from "../quadlet/pulls.ts";
import { generateUnits } from "./generate.ts";
import { type ImagePins, kubePins } from "./kube-pins.ts";

/** An old text of an instance as it goes back, with the units that it needs. */
export interface OldText {
  readonly instance: string;
  readonly units: readonly Unit[];
  readonly target: KeptText;
}

/** The units that go back, pinned to their images, or why that is not possible. */
export type PinnedText = { readonly units: readonly Unit[] } | { readonly problem: string };

type PinHost = Pick<Host, "quadlet" | "facts" | "podman" | "files">;

/**
 * Adds what makes the containers of an old text run the images that they ran, if a start would now bring
 * others: the name means another image, or podman or another unit would bring one. That is a drop-in, and
 * for a `.kube` a copy of its YAML too.
 */
export async function withImagePins(
  host: PinHost,
  inventory: Inventory,
  { instance, units: stored, target }: OldText,
): Promise<PinnedText> {
  // Those from before were right for the images of their time.
  const units = stored.filter((unit) => unit.instance !== instance || !isImagePin(unit.name));
  const noted = new Set(Object.keys(target.images).map((key) => readImageKey(key).unit));
  const known = units.filter(({ name, instance: owner }) => owner === instance && noted.has(name));
  if (known.length === 0) return { units };
  const [generated, images] = await Promise.all([generateUnits(host, units), host.podman.images()]);
  const seen = { generated, images, units, inventory };
  const here = new Set(images.map((image) => textAt(image, "Id").replace(/^sha256:/, "")));
  const pins = [...units];
  for (const unit of known) {
    const found =
      unit.kind === "kube" ? await kubePins(host, unit, target, seen) : containerPins(unit, target, seen);
    const gone = found.pinned.find(({ id }) => !here.has(id));
    if (gone !== undefined) return { problem: goneMessage(unit.name, gone.id, gone.image) };
    pins.push(...found.units);
  }
  return { units: pins };
}

interface Seen {
  readonly generated: Generated;
  readonly units: readonly Unit[];
  readonly inventory: Inventory;
  readonly images: readonly Json[];
}

function containerPins(unit: Unit, { images: ids }: KeptText, seen: Seen): ImagePins {
  const { name, kind } = unit;
  const id = ids[name];
  const live = { images: seen.images, containers: [], services: new Map() };
  const image = unitImages([name], { generated: seen.generated, live }).get(name);
  if (kind !== "container" || id === undefined || image === undefined) return { units: [], pinned: [] };
  if (image.next === id && !isRebuilt(name, seen)) return { units: [], pinned: [] };
  return { units: [pinOf(unit, id)], pinned: [{ image: image.reference, id }] };
}

/** Whether a `.build` unit that a unit needs has another text now, so that it is built again. */
function isRebuilt(name: string, { generated, units, inventory }: Seen): boolean {
  const service = generated.byUnit.get(name)?.service ?? "";
  return [...startedWith(service, startsOf(generated.services))].some((other) => {
    const { unit = "", call } = generated.services.get(other) ?? {};
    const text = units.find((one) => one.name === unit);
    return call?.subcommand === "build" && inventory.units[unit]?.digest !== text?.digest;
  });
}

function goneMessage(unit: string, id: string, reference: string): string {
  return (
    `cannot be put back: image ${shortId(id)}, which ${unit} ran, is no longer on this host; ` +
    `${reference} means another one now, or none`
  );
}

function pinOf({ name, instance, origin }: Unit, id: string): Unit {
  const content = [
    "# quadgate keeps the image here that ran before an update failed. A newer commit removes this file.",
    "[Container]",
    `Image=${keptImageName(id)}`,
    "Pull=never",
    "AutoUpdate=",
    "",
  ].join("\n");
  const pin = { name: imagePinOf(name), kind: "dropin", instance, content, mode: "0644", origin } as const;
  return { ...pin, digest: unitDigest(pin) };
}
