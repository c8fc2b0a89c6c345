import { CommandError } from "../../../src/model/errors.ts";
import type { Podman, RunResult } from "../../../src/model/host.ts";
import type { ImageNeed } from "../../../src/model/image-need.ts";
import { at, type Json } from "../../../src/model/live.ts";
import type { PodmanCall } from "../../../src/quadlet/argv/podman-call.ts";
import { allOf, lastOf } from "../../../src/quadlet/argv/podman-call.ts";
import { type FakeContainer, inspectOf, milliseconds, nameOf, networksOf, volumesOf } from "./container.ts";
import type { World } from "./world.ts";

const PODMAN_VERSION = "5.4.2";

export function createPodmanPort(world: World): Podman {
  const { contents } = world;
  return {
    version: async () => PODMAN_VERSION,
    containers: async () => contents.containers.map((container) => show(world, container)),
    networks: async () => [...contents.networks.values()],
    volumes: async () => [...contents.volumes.values()],
    images: async () => [...contents.images].map(([name, Id]) => ({ Id, Names: [name] })),
    store: async () => {
      const graphRoot = `${world.facts.home}/.local/share/containers/storage`;
      return { graphRoot, volumePath: `${graphRoot}/volumes` };
    },
    secrets: async () => [...contents.secrets],
    inspect: async (kind, names) =>
      names.flatMap((name) => {
        if (kind === "secret") return contents.secrets.has(name) ? { Spec: { Name: name } } : [];
        if (kind === "pod") return contents.pods.get(name) ?? [];
        const id = kind === "image" ? contents.images.get(name) : undefined;
        return id === undefined ? [] : { Id: id, RepoTags: [name] };
      }),
    localImage: async (reference) => contents.images.get(reference),
    remoteImage: async () => ({ problem: "this host has no network" }),
    bringImage: async (need) => bringImage(world, need),
    healthcheck: async (name) => {
      const container = world.containerNamed(name);
      if (container?.status !== "running") return "unhealthy";
      if (container.health === undefined) return "none";
      return check(world, container) ? "healthy" : "unhealthy";
    },
    exec: async (name, command) => {
      if (world.containerNamed(name)?.status !== "running") return answer(125, `no container ${name} runs`);
      world.executed.push(`${name}: ${command.join(" ")}`);
      return world.failingCommands.has(command.at(-1) ?? "")
        ? answer(1, "the command failed")
        : answer(0, "");
    },
    log: async (name) => ({ ...answer(0, ""), stdout: world.logs.get(name) ?? "" }),
    events: async () => undefined,
    removeContainer: async (name) => {
      const container = world.containerNamed(name);
      if (container === undefined) return;
      if (container.inspect.IsInfra === true)
        throw refused(`podman rm ${name}`, `${name} is the infra container of a pod`);
      world.removeContainer(container);
      const run = contents.runs.get(container.service);
      if (run?.active === "active" && container.status === "running")
        Object.assign(run, { active: "failed", sub: "failed", result: "signal" });
    },
    removePod: async (name) => {
      for (const container of contents.containers.filter(({ inspect }) => inspect.Pod === name))
        world.removeContainer(container);
    },
    removeNetwork: async (name) => {
      const user = contents.containers.find(({ networks }) => networks.includes(name));
      if (user) throw refused(`podman network rm ${name}`, `network is being used by ${user.name}`);
      contents.networks.delete(name);
    },
  };
}

/** `podman image pull` and `podman build`: the host's own network has every image that is not said to be missing. */
function bringImage(world: World, { image }: ImageNeed): string | undefined {
  if (world.contents.behaviours.get(image)?.kind === "no-image") return "manifest unknown";
  world.contents.images.set(image, world.contents.images.get(image) ?? world.newId());
  return undefined;
}

function answer(exitCode: number, stderr: string): RunResult {
  return { exitCode, stdout: "", stderr, timedOut: false };
}

function refused(command: string, why: string): CommandError {
  return new CommandError(command, 125, `Error: ${why}\n`);
}

/** Runs the health check now. */
function check(world: World, container: FakeContainer): boolean {
  const age = world.clock.ms - container.startedAt;
  container.lastCheck = world.clock.ms;
  if (container.healthyAfterMs !== null && age >= container.healthyAfterMs) {
    container.health = "healthy";
    container.failingStreak = 0;
    return true;
  }
  if (age >= container.startPeriodMs) container.failingStreak += 1;
  if (container.failingStreak >= container.retries) container.health = "unhealthy";
  return false;
}

/** podman's own timer runs the check too; what it saw is caught up with when somebody looks. */
export function healthOf(world: World, container: FakeContainer): FakeContainer["health"] {
  const due = container.lastCheck + container.intervalMs;
  if (container.health !== undefined && container.status === "running" && world.clock.ms >= due)
    check(world, container);
  return container.health;
}

function show(world: World, container: FakeContainer): Json {
  const health = healthOf(world, container);
  const state = {
    Status: container.status,
    Running: container.status === "running",
    ...(health === undefined ? {} : { Health: { Status: health, FailingStreak: container.failingStreak } }),
  };
  return { ...container.inspect, Name: container.name, State: state };
}

/** `podman run`: replaces a container of the name, pulls the image, needs the networks. */
export function runContainer(
  world: World,
  call: PodmanCall,
  words: readonly string[],
  service: string,
): FakeContainer {
  const { contents } = world;
  const [image = ""] = call.rest;
  const behaviour = world.behaviourOf(service, image);
  const old = world.containerNamed(nameOf(call));
  if (old) world.removeContainer(old);
  if (behaviour.kind === "no-image") throw refused("podman run", `unable to pull ${image}`);
  const imageId = contents.images.get(image) ?? world.newId();
  contents.images.set(image, imageId);
  const networks = networksOf(call);
  const networkIds = new Map(networks.map((name) => [name, idOf(world, name)]));
  for (const name of volumesOf(call)) createVolume(world, name, call);
  const id = world.newId();
  const now = world.clock.ms;
  const command = lastOf(call.flags, "health-cmd");
  const container: FakeContainer = {
    id,
    name: nameOf(call),
    service,
    networks,
    inspect: inspectOf(call, { id, service, words, imageId, networkIds, now }),
    status: "running",
    startedAt: now,
    healthyAfterMs: behaviour.kind === "healthy" && command !== "false" ? behaviour.afterMs : null,
    health: command === undefined || command === "none" ? undefined : "starting",
    failingStreak: 0,
    intervalMs: milliseconds(call, "health-interval", "30s"),
    retries: Number(lastOf(call.flags, "health-retries") ?? 3),
    startPeriodMs: milliseconds(call, "health-start-period", "0s"),
    lastCheck: now,
  };
  if (behaviour.kind === "exits") throw refused("podman run", "the container ended with 1");
  contents.containers.push(container);
  return container;
}

function idOf(world: World, network: string): string {
  const id = at(world.contents.networks.get(network), "id");
  if (typeof id !== "string") throw refused("podman run", `unable to find network with name ${network}`);
  return id;
}

/** `podman network create --ignore` and `podman volume create --ignore`: one that is there stays as it is. */
export function createObject(world: World, call: PodmanCall): void {
  const name = call.rest[0] ?? "";
  if (call.subcommand === "network create") createNetwork(world, name, call);
  if (call.subcommand === "volume create") createVolume(world, name, call);
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

function createVolume(world: World, name: string, call: PodmanCall): void {
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
