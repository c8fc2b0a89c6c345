import { at, type Json, listAt, objectAt, textAt } from "../../model/live.ts";
import { cleanPath as clean, type Mount, mountsOf } from "../../quadlet/argv/mounts.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

const PROPAGATION = /^r?(private|shared|slave)$/;
const ANONYMOUS = "anonymous volume";

function mountText(source: string, options: readonly string[]): string {
  const name = source === "" ? ANONYMOUS : source.startsWith("/") ? clean(source) : source;
  return options.length === 0 ? name : `${name} (${[...options].sort().join(",")})`;
}

/**
 * Mounts by destination: source, read-only, and propagation if it is declared. Labels and ownership (`z Z U`)
 * show only in the command that made the container. Mounts of the image or a pod are not compared.
 */
export const volumes: FieldRow = {
  name: "volumes",
  flags: ["volume", "mount", "tmpfs"],
  declared: ({ call }) =>
    Object.fromEntries(
      mountsOf(call).map((mount) => [mount.destination, mountText(mount.source, mount.options)]),
    ),
  container: (expected, container, { call }) => {
    const live = mountsByDestination(container);
    const tmpfs = new Map(
      Object.entries(objectAt(container, "HostConfig", "Tmpfs")).map(([path, text]) => [
        clean(path),
        String(text),
      ]),
    );
    const observed = mountsOf(call)
      .filter(({ listed }) => listed !== "nowhere")
      .map((mount) => [
        mount.destination,
        mount.listed === "tmpfs"
          ? tmpfsText(mount, tmpfs.get(mount.destination))
          : liveText(mount, live.get(mount.destination)),
      ]);
    return flat({ ...expected, ...Object.fromEntries(observed) });
  },
  text: mountsText,
};

/** podman lists a writable image twice: as the requested mount, and as the overlay that it made from it. */
function mountsByDestination(container: Json): ReadonlyMap<string, Json> {
  const mounts = listAt(container, "Mounts");
  const images = mounts.filter((mount) => textAt(mount, "Type") === "image");
  return new Map([...mounts, ...images].map((mount) => [clean(textAt(mount, "Destination")), mount]));
}

function liveText(mount: Mount, live: Json | undefined): string | undefined {
  if (live === undefined) return undefined;
  const isVolume = textAt(live, "Type") === "volume";
  const source = isVolume
    ? textAt(live, "Name")
    : textAt(live, "Type") === "image"
      ? `image ${textAt(live, "Source")}`
      : textAt(live, "Source");
  const readOnly = at(live, "RW") === false;
  const propagation = textAt(live, "Propagation");
  const options = mount.options.flatMap((option) => {
    if (option === "ro") return readOnly ? ["ro"] : [];
    return PROPAGATION.test(option) && propagation !== "" ? [propagation] : [option];
  });
  const unexpected = readOnly && !mount.options.includes("ro") ? ["ro"] : [];
  const anonymous = mount.source === "" && isVolume;
  return mountText(anonymous ? "" : source, [...options, ...unexpected]);
}

/** podman adds its own options to a tmpfs. Only sizes and restrictions are compared. */
function tmpfsText(mount: Mount, live: string | undefined): string | undefined {
  if (live === undefined) return undefined;
  const shown = live.split(",");
  const options = mount.options.flatMap((option) => {
    if (option === "ro" || option === "noexec") return shown.includes(option) ? [option] : [];
    const name = /^(\w+)=/.exec(option)?.[1];
    return name === undefined ? [option] : (shown.find((one) => one.startsWith(`${name}=`)) ?? []);
  });
  const unexpected = shown.includes("ro") && !mount.options.includes("ro") ? ["ro"] : [];
  return mountText(mount.source, [...options, ...unexpected]);
}

function mountsText(value: Flat, keys: readonly string[]): string {
  const destinations = keys.length > 0 ? keys : Object.keys(value);
  const shown = destinations.filter((destination) => value[destination] !== undefined);
  return shown.map((destination) => `${destination} from ${value[destination]}`).join(", ") || "none";
}
