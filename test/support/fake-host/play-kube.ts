import { playedContainers, playedPods } from "../../../src/quadlet/argv/kube-yaml.ts";
import type { PodmanCall } from "../../../src/quadlet/argv/podman-call.ts";
import type { FakeContainer } from "./container.ts";
import type { LoadedUnit } from "./loaded-unit.ts";
import { refused } from "./objects.ts";
import { runContainer } from "./run-container.ts";
import type { World } from "./world.ts";

/**
 * `podman kube play --replace`: makes the containers of YAML, and one of its own for each pod. Gives the first
 * that the YAML names. Pods of other names stay.
 */
export function playKube(world: World, unit: LoadedUnit, call: PodmanCall): FakeContainer {
  const texts = yamlOf(world, call);
  if (texts.includes(undefined)) throw refused("podman kube play", "no such file or directory");
  const pods = texts.flatMap((text) => playPods(world, unit, text ?? ""));
  const [first] = pods;
  if (first === undefined) throw refused("podman kube play", "the YAML has no containers");
  return first;
}

/** The containers that `podman kube down` removes: those of the pods that the YAML names now. */
export function downOf(world: World, call: PodmanCall): (container: FakeContainer) => boolean {
  const names = yamlOf(world, call).flatMap((text) => (text === undefined ? [] : playedPods(text)));
  return ({ playedIn }) => playedIn !== undefined && names.includes(playedIn);
}

function yamlOf({ files }: World, { rest }: PodmanCall): readonly (string | undefined)[] {
  return rest.map((path) => files.files.get(path)?.content);
}

function playPods(world: World, unit: LoadedUnit, text: string): readonly FakeContainer[] {
  const wanted = playedContainers(text) ?? [];
  return playedPods(text).flatMap((pod) => {
    for (const old of world.contents.containers.filter(({ playedIn }) => playedIn === pod))
      world.removeContainer(old);
    const id = world.newId();
    const made = wanted
      .filter(({ name }) => name.startsWith(`${pod}-`))
      .map(({ name, image, policy = "missing" }) => {
        const container = runContainer(world, unit, played(name, image, policy));
        Object.assign(container, { playedIn: pod, inspect: { ...container.inspect, Pod: id } });
        return container;
      });
    const [first] = made;
    if (first !== undefined) world.contents.containers.unshift(infraOf(world, first, unit.service));
    return made;
  });
}

function infraOf(world: World, first: FakeContainer, service: string): FakeContainer {
  const id = world.newId();
  const name = `${service}-infra`;
  const inspect = { ...first.inspect, Id: id, Name: name, IsInfra: true, Image: "infra" };
  return { ...first, id, name, inspect, ends: undefined };
}

function played(name: string, image: string, pull: string): PodmanCall {
  const flags = new Map([
    ["name", [name]],
    ["pull", [pull]],
  ]);
  return { global: new Map(), subcommand: "run", flags, rest: [image], open: false };
}
