import { posix } from "node:path";
import { allOf, type PodmanCall } from "./podman-call.ts";

/** One mount that a podman command asks for. */
export interface Mount {
  readonly destination: string;
  readonly source: string;
  readonly options: readonly string[];
  /** Where `podman inspect` lists it as it was declared: in `Mounts`, in `HostConfig.Tmpfs`, or nowhere. */
  readonly listed: "mounts" | "tmpfs" | "nowhere";
}

/** The mount of `-v SOURCE:DESTINATION[:OPTIONS]`, or of a destination alone. */
function volumeOf(value: string): Mount {
  const parts = value.split(":");
  const [source = "", destination, options = ""] = parts;
  if (destination === undefined) return { destination: source, source: "", options: [], listed: "mounts" };
  const list = options.split(",").filter((option) => option !== "" && option !== "rw");
  return { destination, source, options: list, listed: list.includes("O") ? "nowhere" : "mounts" };
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

/** The mount of `--mount type=...,source=...,destination=...,option,option=value`. */
function mountOf(value: string): Mount {
  const found: Record<string, string> = { type: "volume", source: "", destination: "" };
  const options: string[] = [];
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    const [key, text] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
    const name = MOUNT_KEYS[key];
    if (name === undefined) options.push(key === "bind-propagation" ? text : part.replace(/^tmpfs-/, ""));
    else found[name] = text;
  }
  const { type = "", source = "", destination = "", ro, rw } = found;
  if ((ro !== undefined && ro !== "false") || rw === "false") options.push("ro");
  const plain = type === "bind" || type === "volume";
  const listed = plain || type === "image" ? "mounts" : type === "tmpfs" ? "tmpfs" : "nowhere";
  return { destination, source: plain ? source : `${type} ${source}`.trim(), options, listed };
}

/** All mounts of a command, whichever flag asks for them. */
export function mountsOf(call: PodmanCall): readonly Mount[] {
  const temporary = allOf(call.flags, "tmpfs").map((value) => {
    const { source, destination, options } = volumeOf(`tmpfs:${value}`);
    return { destination, source, options, listed: "tmpfs" as const };
  });
  return [
    ...allOf(call.flags, "volume").map(volumeOf),
    ...allOf(call.flags, "mount").map(mountOf),
    ...temporary,
  ].map((mount) => ({ ...mount, destination: cleanPath(mount.destination) }));
}

/** The shortest spelling of a path, without a slash at its end. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}
