import { allOf, type PodmanCall } from "./podman-call.ts";

/** The modes that `--network` may have instead of a network's name. */
export const MODE = /^(bridge|host|none|private|slirp4netns|pasta|container|ns)(:|$)/;
/** A network that a command puts the container on. */
export interface Attachment {
  readonly name: string;
  readonly options: readonly (readonly [string, string])[];
}

/** The networks that a command names, in its order. Modes such as `host` do not count. */
export function attachmentsOf(call: PodmanCall): readonly Attachment[] {
  const values = allOf(call.flags, "network").filter(
    (value) => !MODE.test(value) || /^bridge(:|$)/.test(value),
  );
  return values.map((value) => {
    const colon = value.indexOf(":");
    const name = colon < 0 ? value : value.slice(0, colon);
    const options = colon < 0 ? [] : value.slice(colon + 1).split(",");
    return {
      name: name === "bridge" ? "podman" : name,
      options: options.map((option) => {
        const equals = option.indexOf("=");
        return equals < 0 ? [option, ""] : [option.slice(0, equals), option.slice(equals + 1)];
      }),
    };
  });
}

/** Networks that come from .network units are shown by the unit's name. */
export function displayName(name: string): string {
  return name.replace(/^systemd-/, "");
}

/**
 * Whether the container shares its pod's networks and ports. The command of the pod itself has flags of the
 * same names.
 */
export function isInPod(call: PodmanCall): boolean {
  return call.subcommand !== "pod create" && (call.flags.has("pod") || call.flags.has("pod-id-file"));
}
