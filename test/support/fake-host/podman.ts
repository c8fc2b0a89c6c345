import type { ContainerEvent } from "../../../src/model/evidence.ts";
import type { ListedContainer, Podman, RunResult } from "../../../src/model/host.ts";
import type { ImageNeed } from "../../../src/model/image-need.ts";
import { at, imageIdOf, type Json, objectAt } from "../../../src/model/live.ts";
import type { FakeContainer } from "./container.ts";
import { endContainer } from "./ending.ts";
import { check } from "./health.ts";
import { localImage, moveTag, pullImage, removeTag, tagsOf } from "./images.ts";
import { runQueue } from "./jobs.ts";
import { refused } from "./objects.ts";
import type { World } from "./world.ts";

const PODMAN_VERSION = "5.4.2";

export function createPodmanPort(world: World): Podman {
  const { contents } = world;
  return {
    version: async () => PODMAN_VERSION,
    containers: async () => contents.containers.map(show),
    listed: async () => contents.containers.map(listed),
    networks: async () => [...contents.networks.values()],
    volumes: async () => [...contents.volumes.values()],
    images: async () => [
      ...[...contents.images].map(([name, Id]) => ({ Id, Names: [name] })),
      ...[...contents.untagged].map((Id) => ({ Id, Names: null })),
    ],
    store: async () => {
      const graphRoot = `${world.facts.home}/.local/share/containers/storage`;
      return { graphRoot, volumePath: `${graphRoot}/volumes` };
    },
    secrets: async () => [...contents.secrets],
    inspect: async (kind, names) =>
      names.flatMap((name) => {
        if (kind === "secret") return contents.secrets.has(name) ? { Spec: { Name: name } } : [];
        if (kind === "container")
          return contents.containers.filter((one) => one.id === name || one.name === name).map(show);
        if (kind === "pod") return contents.pods.get(name) ?? [];
        const id = localImage(world, name);
        return id === undefined ? [] : { Id: id, RepoTags: tagsOf(world, id) };
      }),
    localImage: async (reference) => localImage(world, reference),
    remoteImage: async () => ({ problem: "this host has no network" }),
    bringImage: async (need) => bringImage(world, need),
    tag: async (id, name) => {
      if (localImage(world, id) === undefined) throw refused(`podman tag ${id}`, `${id}: image not known`);
      moveTag(world, name, id);
    },
    untag: async (name) => {
      if (!contents.images.has(name)) throw refused(`podman untag ${name}`, `${name}: image not known`);
      removeTag(world, name);
    },
    healthcheck: async (name) => {
      const container = world.containerNamed(name);
      if (container?.status !== "running") return "unhealthy";
      if (container.health === undefined) return "none";
      const passed = check(world, container);
      runQueue(world);
      return passed ? "healthy" : "unhealthy";
    },
    exec: async (name, command) => {
      if (world.containerNamed(name)?.status !== "running") return answer(125, `no container ${name} runs`);
      world.executed.push(`${name}: ${command.join(" ")}`);
      return world.failingCommands.has(command.at(-1) ?? "")
        ? answer(1, "the command failed")
        : answer(0, "");
    },
    log: async (name) => ({ ...answer(0, ""), stdout: world.logs.get(name) ?? "" }),
    events: async (sinceMs) => eventsSince(world, sinceMs),
    removeContainer: async (name) => {
      const container = world.containerNamed(name);
      if (container === undefined) return;
      if (container.inspect.IsInfra === true)
        throw refused(`podman rm ${name}`, `${name} is the infra container of a pod`);
      if (container.status === "running") endContainer(world, container, 0);
      else world.removeContainer(container);
      runQueue(world);
    },
    removePod: async (name) => {
      const id = at(contents.pods.get(name), "Id");
      for (const container of contents.containers.filter(
        ({ inspect: { Pod } }) => Pod === name || Pod === id,
      ))
        world.removeContainer(container);
      contents.pods.delete(name);
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
  pullImage(world, image);
  return undefined;
}

function answer(exitCode: number, stderr: string): RunResult {
  return { exitCode, stdout: "", stderr, timedOut: false };
}

function listed(container: FakeContainer): ListedContainer {
  const { id, name, inspect } = container;
  const labels = Object.entries(objectAt(inspect, "Config", "Labels"));
  return {
    id,
    name,
    imageId: imageIdOf(inspect),
    labels: Object.fromEntries(labels.map(([key, value]) => [key, String(value)])),
  };
}

function show(container: FakeContainer): Json {
  const { health, failingStreak, checks, status } = container;
  const log = checks.map(({ on, passed }) => ({ Start: on, End: on, ExitCode: passed ? 0 : 1, Output: "" }));
  const state = {
    Status: status,
    Running: status === "running",
    StartedAt: container.startedOn,
    ...(health === undefined ? {} : { Health: { Status: health, FailingStreak: failingStreak, Log: log } }),
  };
  return { ...container.inspect, Name: container.name, State: state };
}

function eventsSince({ contents }: World, sinceMs: number): readonly ContainerEvent[] | undefined {
  if (!contents.readable.events) return undefined;
  return contents.events.flatMap(({ truth: _, ...event }) => (event.wallMs >= sinceMs ? [event] : []));
}
