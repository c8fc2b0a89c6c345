import { valuesOf } from "./argv/unit-text.ts";
import type { Generated, ServiceText, ServiceTexts } from "./generated.ts";
import { joined, type Links, socketsOf, targetsOf } from "./links.ts";
import { namedLinks } from "./named-links.ts";

/** `[Unit]` keys of a generated service whose targets must be up first. */
const ORDER_KEYS = ["After", "Requires", "BindsTo"];

/** `[Unit]` keys that systemd adds to `After=` of a target (systemd.target(5)). */
const TARGET_KEYS = ["Wants", "Requires"];

/**
 * Maps each service to those of `services` that it waits for. A target waits for what it wants, a service for
 * its sockets, and a container for what it names by podman's name.
 */
export function dependencies(services: ServiceTexts): Links {
  const targets = new Map([...services].filter(([name]) => name.endsWith(".target")));
  const wanted = targetsOf(services, TARGET_KEYS);
  const ofTargets = new Map([...targets.keys()].map((name) => [name, wanted.get(name) ?? new Set<string>()]));
  return joined([targetsOf(services, ORDER_KEYS), ofTargets, socketsOf(services), namedLinks(services)]);
}

/**
 * Makes networks that leave their addresses to podman wait for those that name theirs; this affects only the
 * order. Podman takes the next free addresses, which may be those that another network names and has yet to
 * get.
 */
export function addressesFirst(waitsFor: Links, starting: readonly string[], generated: Generated): Links {
  const networks = starting
    .flatMap((service) => generated.services.get(service) ?? [])
    .filter(({ text }) => text.has("X-Network"));
  const namesAddresses = ({ text }: ServiceText) =>
    valuesOf(text, "Service", "ExecStart").some((command) => / --subnet[ =]/.test(command));
  const named = networks.filter(namesAddresses).map(({ service }) => service);
  const others = networks.map(({ service }) => service).filter((service) => !named.includes(service));
  const added = others.map((name) => [name, new Set([...(waitsFor.get(name) ?? []), ...named])] as const);
  return new Map([...waitsFor, ...added]);
}

/**
 * Groups services into levels: everything that a service waits for is in an earlier level. Names are sorted
 * within a level. The services of a cycle, which systemd breaks at any place, form one last level.
 */
export function levels(services: Iterable<string>, waitsFor: Links): readonly (readonly string[])[] {
  let remaining = [...new Set(services)].sort();
  const result: (readonly string[])[] = [];
  while (remaining.length > 0) {
    const open = new Set(remaining);
    const ready = remaining.filter(
      (name) => ![...(waitsFor.get(name) ?? [])].some((other) => open.has(other)),
    );
    const level = ready.length > 0 ? ready : remaining;
    result.push(level);
    const done = new Set(level);
    remaining = remaining.filter((name) => !done.has(name));
  }
  return result;
}

/** All services that wait, directly or not, for one of the given services. */
export function dependants(of: Iterable<string>, waitsFor: Links): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [...of];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const [service, targets] of waitsFor) {
      if (!targets.has(name) || found.has(service)) continue;
      found.add(service);
      queue.push(service);
    }
  }
  return found;
}
