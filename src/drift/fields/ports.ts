import { type Json, listAt, objectAt, textAt } from "../../model/live.ts";
import { isInPod } from "../../quadlet/argv/attached-networks.ts";
import { allOf, lastOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { type PublishedPort, publishedPorts } from "../../quadlet/argv/published-ports.ts";
import type { Flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

const PUBLISHED = "published";
const ANY = "any";

/** A published port as people write it: `127.0.0.1:8080:80`, `any:53/udp`. */
export function portKey({ address, host, container, protocol }: PublishedPort): string {
  return keyOf(address, host === undefined ? ANY : String(host), `${container}/${protocol}`);
}

function keyOf(address: string, host: string, container: string): string {
  const where =
    address === "" || address === "0.0.0.0" ? "" : `${address.includes(":") ? `[${address}]` : address}:`;
  return `${where}${host}:${container.replace(/\/tcp$/, "")}`;
}

/**
 * Published ports. They are not compared if the container has no ports of its own: in a pod, on the host's
 * network.
 */
export const ports: FieldRow = {
  name: "ports",
  flags: ["publish", "publish-all"],
  declared: ({ call }) =>
    Object.fromEntries(
      allOf(call.flags, "publish")
        .flatMap(publishedPorts)
        .map((port) => [portKey(port), PUBLISHED]),
    ),
  container: (expected, container, { call }) => {
    if (!hasOwnPorts(call)) return expected;
    return withAnyPorts(expected, bindingsOf(container));
  },
  text: (value) => Object.keys(value).join(", ") || "none",
};

function hasOwnPorts(call: PodmanCall): boolean {
  if (isInPod(call)) return false;
  if (lastOf(call.flags, "publish-all") === "true") return false;
  return !allOf(call.flags, "network").some((value) => /^(host|none|container|ns)(:|$)/.test(value));
}

/** The keys of the ports that a container or a pod publishes. */
export function bindingsOf(container: Json): Set<string> {
  const bindings = objectAt(container, "HostConfig", "PortBindings");
  return new Set(
    Object.keys(bindings).flatMap((port) =>
      listAt(bindings, port).map((binding) =>
        keyOf(textAt(binding, "HostIp"), textAt(binding, "HostPort"), port),
      ),
    ),
  );
}

/** A port that podman chose stands for the `any` of the same address and container port. */
function withAnyPorts(expected: Flat, live: Set<string>): Flat {
  const observed = new Set(live);
  for (const key of Object.keys(expected)) {
    const any = /^(.*:)?any:([^:]+)$/.exec(key);
    if (!any) continue;
    const [, address = "", port = ""] = any;
    const chosen = [...observed].find(
      (candidate) =>
        candidate.startsWith(address) &&
        /^\d+$/.test(candidate.slice(address.length, candidate.lastIndexOf(":"))) &&
        candidate.endsWith(`:${port}`) &&
        !(candidate in expected),
    );
    if (chosen === undefined) continue;
    observed.delete(chosen);
    observed.add(key);
  }
  return Object.fromEntries([...observed].map((key) => [key, PUBLISHED]));
}
