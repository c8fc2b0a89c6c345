import { attachmentsOf } from "./argv/attached-networks.ts";
import { mountsOf } from "./argv/mounts.ts";
import { allOf, lastOf, type PodmanCall } from "./argv/podman-call.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import type { ServiceTexts } from "./generated.ts";
import type { Links } from "./links.ts";

/**
 * Maps each service to those that make what its command names as podman does: `Network=systemd-x`,
 * `Volume=data:/data`, `Network=container:vpn`, `--pod app`. podman's generator orders only what names a
 * unit.
 */
export function namedLinks(services: ServiceTexts): Links {
  const makers = new Map<string, string>();
  for (const [service, { call }] of services) {
    const made = call && madeBy(call);
    if (made !== undefined && !makers.has(made)) makers.set(made, service);
  }
  return new Map(
    [...services].map(([service, { call }]) => {
      const targets = call === undefined ? [] : namedBy(call).flatMap((name) => makers.get(name) ?? []);
      return [service, new Set(targets.filter((target) => target !== service))];
    }),
  );
}

/** What a command makes, with its kind; undefined if that is nothing that others can name. */
function madeBy(call: PodmanCall): string | undefined {
  const name = call.subcommand.endsWith(" create") ? call.rest[0] : undefined;
  switch (call.subcommand) {
    case "network create":
      return key("network", name);
    case "volume create":
      return key("volume", name);
    case "pod create":
      return key("pod", lastOf(call.flags, "name"));
    case "run":
      return key("container", lastOf(call.flags, "name"));
    default:
      return undefined;
  }
}

function key(kind: string, name: string | undefined): string | undefined {
  return name === undefined || name === "" || isUnknown(name) ? undefined : `${kind} ${name}`;
}

function namedBy(call: PodmanCall): readonly string[] {
  if (call.subcommand !== "run" && call.subcommand !== "pod create" && call.subcommand !== "kube play")
    return [];
  const joined = allOf(call.flags, "network").flatMap((value) => /^container:(.+)$/.exec(value)?.[1] ?? []);
  const volumes = mountsOf(call).map(({ source }) => source);
  return [
    ...attachmentsOf(call).map(({ name }) => key("network", name)),
    ...joined.map((name) => key("container", name)),
    ...volumes.map((name) => key("volume", name)),
    ...allOf(call.flags, "pod").map((name) => key("pod", name)),
  ].flatMap((name) => name ?? []);
}
