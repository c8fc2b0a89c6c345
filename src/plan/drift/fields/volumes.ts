import { posix } from "node:path";
import { at, type Json, listAt, textAt } from "../../../model/live.ts";
import { allOf, type PodmanCall } from "../../argv/podman.ts";
import { type FieldRow, type Flat, flat } from "../row.ts";

interface Mount {
  readonly destination: string;
  readonly source: string;
  readonly options: readonly string[];
  /** Whether `podman inspect` lists it in `Mounts` as it was declared. */
  readonly listed: boolean;
}

const PROPAGATION = /^r?(private|shared|slave)$/;
const ANONYMOUS = "anonymous volume";

/** `-v SOURCE:DESTINATION[:OPTIONS]`, or a destination alone. */
function volumeOf(value: string): Mount {
  const parts = value.split(":");
  const [source = "", destination, options = ""] = parts;
  if (destination === undefined) return { destination: source, source: "", options: [], listed: true };
  const list = options.split(",").filter((option) => option !== "" && option !== "rw");
  return { destination, source, options: list, listed: !list.includes("O") };
}

const MOUNT_KEYS: Readonly<Record<string, "source" | "destination" | "type" | "ro" | "rw">> = {
  type: "type",
  source: "source",
  src: "source",
  destination: "destination",
  dst: "destination",
  target: "destination",
  ro: "ro",
  readonly: "ro",
  rw: "rw",
};

/** `--mount type=...,source=...,destination=...,option,option=value`. */
function mountOf(value: string): Mount {
  const found: Record<string, string> = { type: "volume", source: "", destination: "" };
  const options: string[] = [];
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    const [key, text] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
    const name = MOUNT_KEYS[key];
    if (name === undefined) options.push(key === "bind-propagation" ? text : part);
    else found[name] = text;
  }
  const { type = "", source = "", destination = "", ro, rw } = found;
  if ((ro !== undefined && ro !== "false") || rw === "false") options.push("ro");
  const listed = type === "bind" || type === "volume";
  return { destination, source: listed ? source : `${type} ${source}`.trim(), options, listed };
}

function mountsOf(call: PodmanCall): readonly Mount[] {
  const temporary = allOf(call.flags, "tmpfs").map((value) => {
    const { source, destination, options } = volumeOf(`tmpfs:${value}`);
    return { destination, source, options, listed: false };
  });
  return [
    ...allOf(call.flags, "volume").map(volumeOf),
    ...allOf(call.flags, "mount").map(mountOf),
    ...temporary,
  ].map((mount) => ({ ...mount, destination: clean(mount.destination) }));
}

function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

function mountText(source: string, options: readonly string[]): string {
  const name = source === "" ? ANONYMOUS : source.startsWith("/") ? clean(source) : source;
  return options.length === 0 ? name : `${name} (${[...options].sort().join(",")})`;
}

/**
 * Mounts by destination: source, read-only, propagation where it is declared. Labels and ownership (`z Z U`)
 * show only in the command that made the container. What the image or a pod mounts is nobody's declaration.
 */
export const volumes: FieldRow = {
  name: "volumes",
  flags: ["volume", "mount", "tmpfs"],
  declared: ({ call }) =>
    Object.fromEntries(
      mountsOf(call).map((mount) => [mount.destination, mountText(mount.source, mount.options)]),
    ),
  container: (expected, container, { call }) => {
    const live = new Map(
      listAt(container, "Mounts").map((mount) => [clean(textAt(mount, "Destination")), mount]),
    );
    const observed = mountsOf(call)
      .filter(({ listed }) => listed)
      .map((mount) => [mount.destination, liveText(mount, live.get(mount.destination))]);
    return flat({ ...expected, ...Object.fromEntries(observed) });
  },
  text: mountsText,
};

function liveText(mount: Mount, live: Json | undefined): string | undefined {
  if (live === undefined) return undefined;
  const isVolume = textAt(live, "Type") === "volume";
  const source = isVolume ? textAt(live, "Name") : textAt(live, "Source");
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

function mountsText(value: Flat, keys: readonly string[]): string {
  const destinations = keys.length > 0 ? keys : Object.keys(value);
  const shown = destinations.filter((destination) => value[destination] !== undefined);
  return shown.map((destination) => `${destination} from ${value[destination]}`).join(", ") || "none";
}
