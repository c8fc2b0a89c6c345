import { CommandError } from "../../../src/model/errors.ts";
import type { PodmanCall } from "../../../src/quadlet/argv/podman-call.ts";
import { allOf, lastOf } from "../../../src/quadlet/argv/podman-call.ts";
import { pullImage } from "./images.ts";
import type { World } from "./world.ts";

export function refused(command: string, why: string): CommandError {
  return new CommandError(command, 125, `Error: ${why}\n`);
}

/** `podman network create --ignore` and `podman volume create --ignore`: one that is there stays as it is. */
export function createObject(world: World, call: PodmanCall): void {
  const name = call.rest[0] ?? "";
  if (call.subcommand === "network create") createNetwork(world, name, call);
  if (call.subcommand === "volume create") createVolume(world, name, call);
  if (call.subcommand === "image pull") pullImage(world, name);
}

function pairs(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => [value.split("=")[0], value.split("=").slice(1).join("=")]),
  );
}

function createNetwork(world: World, name: string, { flags }: PodmanCall): void {
  if (world.contents.networks.has(name)) return;
  const gateways = allOf(flags, "gateway");
  const id = world.newId();
  const chosen = allOf(flags, "subnet");
  const subnets = (chosen.length > 0 ? chosen : ["10.89.9.0/24"]).map((subnet, index) => ({
    subnet,
    gateway: gateways[index] ?? subnet.replace(/\.0\/\d+$/, ".1"),
  }));
  world.contents.networks.set(name, {
    name,
    id,
    driver: lastOf(flags, "driver") ?? "bridge",
    subnets,
    internal: lastOf(flags, "internal") === "true",
    ipv6_enabled: lastOf(flags, "ipv6") === "true",
    network_dns_servers: allOf(flags, "dns"),
    labels: pairs(allOf(flags, "label")),
    options: pairs(allOf(flags, "opt")),
  });
}

export function createVolume(world: World, name: string, call: PodmanCall): void {
  if (world.contents.volumes.has(name)) return;
  const declared = call.subcommand === "volume create";
  world.contents.volumes.set(name, {
    Name: name,
    Driver: "local",
    Labels: declared ? pairs(allOf(call.flags, "label")) : {},
    Options: declared ? pairs(allOf(call.flags, "opt")) : {},
    CreatedAt: world.clock.now().toISOString(),
  });
}
