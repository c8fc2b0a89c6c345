import { CommandError } from "../../../src/model/errors.ts";
import type { World } from "./world.ts";

/** The id of an image that is here, by a reference or by its id. */
export function localImage({ contents }: World, name: string): string | undefined {
  const isHere = contents.untagged.has(name) || [...contents.images.values()].includes(name);
  return contents.images.get(name) ?? (isHere ? name : undefined);
}

export function tagsOf({ contents }: World, id: string): readonly string[] {
  return [...contents.images].flatMap(([name, other]) => (other === id ? [name] : []));
}

/** `podman tag`: lets a reference mean another image. The one it meant stays, without a name if it has no other. */
export function moveTag(world: World, reference: string, id: string): void {
  const { images, untagged } = world.contents;
  const old = images.get(reference);
  images.set(reference, id);
  untagged.delete(id);
  if (old !== undefined && tagsOf(world, old).length === 0) untagged.add(old);
}

/** `podman untag` */
export function removeTag(world: World, reference: string): void {
  const { images, untagged } = world.contents;
  const old = images.get(reference);
  images.delete(reference);
  if (old !== undefined && tagsOf(world, old).length === 0) untagged.add(old);
}

/** `podman pull`: what the registry has now. Gives the id. */
export function pullImage(world: World, reference: string): string {
  const { behaviours, registry, images } = world.contents;
  if (behaviours.get(reference)?.kind === "no-image")
    throw new CommandError(`podman pull ${reference}`, 125, `Error: unable to pull ${reference}\n`);
  const id = registry.get(reference) ?? images.get(reference) ?? world.newId();
  moveTag(world, reference, id);
  return id;
}

/** The image that `podman run` takes, by its `--pull`. Throws if there is none. */
export function imageForRun(world: World, reference: string, pull: string): string {
  const here = localImage(world, reference);
  const fail = () => new CommandError("podman run", 125, `Error: ${reference}: image not known\n`);
  if (pull === "never") {
    if (here === undefined) throw fail();
    return here;
  }
  if (pull === "always") return pullImage(world, reference);
  if (pull === "newer") {
    if (world.contents.behaviours.get(reference)?.kind !== "no-image") return pullImage(world, reference);
    if (here === undefined) throw fail();
    return here;
  }
  return here ?? pullImage(world, reference);
}

/** `podman rmi`, by a reference or an id; `podman image prune` without one. Images that are in use stay. */
export function removeImages(world: World, name?: string): void {
  const { containers, images, untagged } = world.contents;
  const inUse = new Set(containers.map(({ inspect }) => inspect.Image));
  if (name !== undefined) {
    const id = localImage(world, name);
    if (id === undefined || inUse.has(id)) return;
    for (const tag of name === id ? tagsOf(world, id) : [name]) images.delete(tag);
    if (tagsOf(world, id).length === 0) untagged.delete(id);
    return;
  }
  for (const id of untagged) if (!inUse.has(id)) untagged.delete(id);
}
