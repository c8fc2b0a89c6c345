import { imageIdOf, type Json, type LiveState, serviceOf, textAt } from "../model/live.ts";
import type { UnitImage } from "../model/unit-image.ts";
import { indexImages, localId } from "./argv/image-names.ts";
import { allOf, type PodmanCall } from "./argv/podman-call.ts";
import type { Generated } from "./generated.ts";
import { pullsAnew, startPulls, startsOf } from "./pulls.ts";
import { templateOf } from "./service-names.ts";

/** The images of the named units, by unit. Units that do not name an image are left out. */
export function unitImages(
  names: readonly string[],
  seen: {
    readonly generated: Generated;
    readonly live: Pick<LiveState, "images" | "containers" | "services">;
  },
): ReadonlyMap<string, UnitImage> {
  const { generated, live } = seen;
  const starts = startsOf(generated.services);
  const images = indexImages(live.images);
  return new Map(
    names.flatMap((name) => {
      const { service = "", call } = generated.byUnit.get(name) ?? {};
      const reference = call && imageOf(call);
      if (call === undefined || reference === undefined) return [];
      const own = live.containers.filter((container) => templateOf(serviceOf(container)) === service);
      const next = pullsAnew(call) || startPulls(service, starts, seen) ? null : localId(reference, images);
      return [[name, { reference, next, running: own.map(made) }] as const];
    }),
  );
}

/** By unit: the id of the one local image that it names now, whatever a start would pull. */
export function localImages(
  names: readonly string[],
  { generated, images }: { readonly generated: Generated; readonly images: readonly Json[] },
): Readonly<Record<string, string>> {
  const index = indexImages(images);
  return Object.fromEntries(
    names.flatMap((name) => {
      const { call } = generated.byUnit.get(name) ?? {};
      const reference = call && imageOf(call);
      const id = reference === undefined ? null : localId(reference, index);
      return id === null ? [] : [[name, id] as const];
    }),
  );
}

function imageOf({ subcommand, flags, rest }: PodmanCall): string | undefined {
  const isNamed =
    subcommand === "image pull" || (subcommand === "run" && !allOf(flags, "rootfs").includes("true"));
  return isNamed ? rest[0] : undefined;
}

function made(container: Json): UnitImage["running"][number] {
  return { id: imageIdOf(container), name: textAt(container, "ImageName") };
}
