import type { Host } from "../model/host.ts";
import type { Inventory } from "../model/inventory.ts";
import { keptImageName } from "../model/kept-image.ts";
import { textAt } from "../model/live.ts";
import type { KeptText } from "../model/text-in-force.ts";
import { imagePinOf, isImagePin, type Unit, unitDigest } from "../model/unit.ts";
import { shortId } from "../quadlet/argv/image-names.ts";
import type { Generated } from "../quadlet/generated.ts";
import { unitImages } from "../quadlet/images.ts";
import { startedWith, startsOf } from "../quadlet/pulls.ts";
import { generateUnits } from "./generate.ts";

/** An old text of an instance as it goes back, with the units that it needs. */
export interface OldText {
  readonly instance: string;
  readonly units: readonly Unit[];
  readonly target: KeptText;
}

/** The units that go back, pinned to their images, or why that is not possible. */
export type PinnedText = { readonly units: readonly Unit[] } | { readonly problem: string };

/**
 * Adds the drop-ins that make the containers of an old text run the images that they ran, if a start would
 * now bring others: the name means another image, or podman or another unit would bring one. `.kube` units
 * run what their names mean now.
 */
export async function withImagePins(
  host: Pick<Host, "quadlet" | "facts" | "podman">,
  inventory: Inventory,
  { instance, units: stored, target }: OldText,
): Promise<PinnedText> {
  // Those from before were right for the images of their time.
  const units = stored.filter((unit) => unit.instance !== instance || !isImagePin(unit.name));
  const known = units.filter(({ name, instance: owner, kind }) => {
    return owner === instance && kind === "container" && target.images[name] !== undefined;
  });
  if (known.length === 0) return { units };
  const [generated, images] = await Promise.all([generateUnits(host, units), host.podman.images()]);
  const live = { images, containers: [], services: new Map() };
  const names = known.map(({ name }) => name);
  const found = unitImages(names, { generated, live });
  const rebuilt = new Set(names.filter((name) => isRebuilt(name, { generated, units, inventory })));
  const here = new Set(images.map((image) => textAt(image, "Id").replace(/^sha256:/, "")));
  const pins: Unit[] = [];
  for (const unit of known) {
    const { [unit.name]: id = "" } = target.images;
    const image = found.get(unit.name);
    if (image === undefined || (image.next === id && !rebuilt.has(unit.name))) continue;
    if (!here.has(id)) return { problem: goneMessage(unit.name, id, image.reference) };
    pins.push(pinOf(unit, id));
  }
  return { units: [...units, ...pins] };
}

/** Whether a `.build` unit that a unit needs has another text now, so that it is built again. */
function isRebuilt(
  name: string,
  seen: { readonly generated: Generated; readonly units: readonly Unit[]; readonly inventory: Inventory },
): boolean {
  const { generated, units, inventory } = seen;
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
