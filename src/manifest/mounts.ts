import type { Problem } from "./codes.ts";
import { OBJECT_NAME } from "./formats.ts";
import { didYouMean, show } from "./message-parts.ts";

/** The formats that bring paths of the host into a container. */

/** Options of podman's --volume; at most one of each row is allowed. */
const VOLUME_OPTIONS: readonly (readonly string[])[] = [
  ["rw", "ro"],
  ["z", "Z"],
  ["U"],
  ["O"],
  ["copy", "nocopy"],
  ["exec", "noexec"],
  ["suid", "nosuid"],
  ["dev", "nodev"],
  ["bind", "rbind"],
  ["shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable"],
  ["idmap"],
  ["no-dereference"],
];
/** Options that take a value; they may be repeated. */
const VALUED_VOLUME_OPTIONS = ["idmap", "upperdir", "workdir", "volume-opt"];

/**
 * Whether a path is absolute on the host, including `~/` (the user's home) and a systemd specifier (`%h/`).
 */
const isHostPath = (path: string): boolean => /^(?:\/|~\/|%[a-zA-Z]\/?)/.test(path);

/** `source:destination[:options]`. */
export function checkVolume(text: string): Problem | undefined {
  const [source = "", destination, options, ...rest] = text.split(":");
  if (destination === undefined) {
    return {
      message: `has no destination: ${show(text)}`,
      hint: "write source:/path/in/container; a volume without a name is lost with its container",
    };
  }
  if (rest.length > 0) return { message: `has more than source, destination and options: ${show(text)}` };
  return checkSource(source) ?? checkDestination(destination) ?? checkOptions(options);
}

function checkSource(source: string): Problem | undefined {
  if (isHostPath(source) || OBJECT_NAME.test(source)) return undefined;
  if (/^\.{1,2}(?:\/|$)/.test(source)) {
    return {
      message: `has a source relative to the repository, which is not supported: ${show(source)}`,
      hint: "list the file under `files`, or write an absolute path",
    };
  }
  return {
    message: `has a source that is neither a path nor a volume's name: ${show(source)}`,
    hint: "write /path, ~/path or a name",
  };
}

function checkDestination(destination: string): Problem | undefined {
  if (/^\/+$/.test(destination)) return { message: "mounts over the container's root" };
  if (destination.startsWith("/")) return undefined;
  return { message: `has a destination that is not an absolute path: ${show(destination)}` };
}

function checkOptions(options: string | undefined): Problem | undefined {
  if (options === undefined) return undefined;
  const given = options.split(",");
  for (const option of given) {
    const known = option.includes("=")
      ? VALUED_VOLUME_OPTIONS.includes(option.slice(0, option.indexOf("=")))
      : VOLUME_OPTIONS.flat().includes(option);
    if (known) continue;
    const hint = didYouMean(option, VOLUME_OPTIONS.flat());
    return { message: `has an unknown volume option: ${show(option)}`, hint };
  }
  const clash = VOLUME_OPTIONS.map((row) => row.filter((option) => given.includes(option))).find(
    (found) => found.length > 1,
  );
  return clash && { message: `has volume options that contradict each other: ${clash.join(" and ")}` };
}

/** Where a volume is mounted, without a trailing slash. */
export const destinationOf = (volume: string): string | undefined =>
  volume.split(":")[1]?.replace(/\/+$/, "");

const DEVICE = /^-?\/[^\s:]+(?::\/[^\s:]+)?(?::[rwm]{1,3})?$/;
/** Container Device Interface: `nvidia.com/gpu=all`. */
const CDI_DEVICE = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[\w.:-]+$/;

export function checkDevice(text: string): Problem | undefined {
  if (DEVICE.test(text) || CDI_DEVICE.test(text)) return undefined;
  return { message: `is not a device: ${show(text)}`, hint: "write /dev/name[:/dev/name][:rwm]" };
}

const hasDots = (path: string): boolean => path.split("/").some((part) => part === "." || part === "..");

/** A file of the repository: relative to its root, and within it. */
export function checkRepositoryPath(text: string): Problem | undefined {
  if (
    text !== "" &&
    !text.startsWith("/") &&
    !text.startsWith("~") &&
    !hasDots(text) &&
    !text.includes("//")
  ) {
    return undefined;
  }
  return { message: `is not a path in the repository: ${show(text)}`, hint: "such as files/jellyfin.xml" };
}

/** The path of a file on the host. */
export function checkHostPath(text: string): Problem | undefined {
  if (!/^(?:\/|~\/)/.test(text) || hasDots(text)) {
    return { message: `is not an absolute path on the host: ${show(text)}`, hint: "write /path or ~/path" };
  }
  return text.endsWith("/") ? { message: `names a folder, not a file: ${show(text)}` } : undefined;
}

/**
 * A folder of the host: absolute or below the home folder, without characters that end a field of `Volume=`.
 */
export function checkFolder(text: string): Problem | undefined {
  if (/^(?:\/|~\/)[^:]*$/.test(text) && !hasDots(text)) return undefined;
  return { message: `is not a folder of the host: ${show(text)}`, hint: "write /path or ~/path" };
}
