import { playedContainers } from "../../../src/quadlet/argv/kube-yaml.ts";
import type { PodmanCall } from "../../../src/quadlet/argv/podman-call.ts";
import type { FakeContainer } from "./container.ts";
import type { LoadedUnit } from "./loaded-unit.ts";
import { refused } from "./objects.ts";
import { runContainer } from "./run-container.ts";
import type { World } from "./world.ts";

/** `podman kube play`: makes the containers of YAML, and one of its own. Gives the first that the YAML names. */
export function playKube(world: World, unit: LoadedUnit, call: PodmanCall): FakeContainer {
  const texts = call.rest.map((path) => world.files.files.get(path)?.content);
  const wanted = texts.flatMap((text) => {
    if (text === undefined) throw refused("podman kube play", "no such file or directory");
    return playedContainers(text) ?? [];
  });
  const [first] = wanted.map(({ name, image, policy = "missing" }) =>
    runContainer(world, unit, played(name, image, policy)),
  );
  if (first === undefined) throw refused("podman kube play", "the YAML has no containers");
  const infra = { ...first.inspect, Id: world.newId(), Name: `${unit.service}-infra`, IsInfra: true };
  world.contents.containers.unshift({
    ...first,
    id: infra.Id,
    name: infra.Name,
    inspect: { ...infra, Image: "infra" },
    ends: undefined,
  });
  return first;
}

function played(name: string, image: string, pull: string): PodmanCall {
  const flags = new Map([
    ["name", [name]],
    ["pull", [pull]],
  ]);
  return { global: new Map(), subcommand: "run", flags, rest: [image], open: false };
}
