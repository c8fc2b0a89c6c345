import { at } from "../../../src/model/live.ts";
import type { PodmanCall } from "../../../src/quadlet/argv/podman-call.ts";
import { lastOf } from "../../../src/quadlet/argv/podman-call.ts";
import { type FakeContainer, inspectOf, milliseconds, nameOf, networksOf, volumesOf } from "./container.ts";
import type { Behaviour } from "./contents.ts";
import { imageForRun } from "./images.ts";
import { tell } from "./journal.ts";
import type { LoadedUnit } from "./loaded-unit.ts";
import { createVolume, refused } from "./objects.ts";
import { podOfMember } from "./pods.ts";
import type { World } from "./world.ts";

/** `podman run`: replaces a container of the name, pulls the image, needs the networks. */
export function runContainer(
  world: World,
  unit: Pick<LoadedUnit, "service" | "words" | "text"> & { readonly oneshot?: boolean },
  call: PodmanCall,
): FakeContainer {
  const { contents } = world;
  const { service, words } = unit;
  const [image = ""] = call.rest;
  const old = world.containerNamed(nameOf(call));
  if (old) world.removeContainer(old);
  const imageId = imageForRun(world, image, lastOf(call.flags, "pull") ?? "missing");
  const behaviour = world.behaviourOf(service, image, imageId);
  if (behaviour.kind === "no-image") throw refused("podman run", `unable to pull ${image}`);
  contents.images.set(image, imageId);
  contents.untagged.delete(imageId);
  const networks = networksOf(call);
  const networkIds = new Map(networks.map((name) => [name, idOf(world, name)]));
  for (const name of volumesOf(call)) createVolume(world, name, call);
  if (behaviour.kind === "exits") throw refused("podman run", "the container ended with 1");
  const id = world.newId();
  const situation = { id, service, words, imageId, networkIds, now: world.clock.ms };
  const pod = podOfMember(world, unit.text);
  const inspect = { ...inspectOf(call, situation), ...(pod === undefined ? {} : { Pod: pod }) };
  const container: FakeContainer = {
    id,
    name: nameOf(call),
    service,
    networks,
    inspect,
    status: "running",
    startedAt: world.clock.steady,
    startedOn: world.clock.now().toISOString(),
    ends: endOf(world, behaviour, unit.oneshot === true),
    ...healthOf(world, call, behaviour),
  };
  contents.containers.push(container);
  for (const status of ["create", "init", "start"]) tell(world, container, status);
  return container;
}

/** Without a word about its end a oneshot's program ends well at once, and any other runs on. */
function endOf(world: World, behaviour: Behaviour, isOneshot: boolean): FakeContainer["ends"] {
  const { steady } = world.clock;
  if (behaviour.kind === "ends") return { at: steady + behaviour.afterMs, status: behaviour.status };
  return isOneshot ? { at: steady, status: 0 } : undefined;
}

function healthOf(world: World, call: PodmanCall, behaviour: Behaviour) {
  const command = lastOf(call.flags, "health-cmd");
  const hasCheck = command !== undefined && command !== "none";
  const intervalMs = milliseconds(call, "health-interval", "30s");
  const passes = behaviour.kind !== "unhealthy" && command !== "false";
  const health: FakeContainer["health"] = hasCheck ? "starting" : undefined;
  return {
    healthyAfterMs: passes ? (behaviour.kind === "healthy" ? behaviour.afterMs : 0) : null,
    sickAfterMs: behaviour.kind === "sick" ? behaviour.afterMs : undefined,
    health,
    failingStreak: 0,
    intervalMs,
    retries: Number(lastOf(call.flags, "health-retries") ?? 3),
    startPeriodMs: milliseconds(call, "health-start-period", "0s"),
    onFailure: lastOf(call.flags, "health-on-failure") ?? "none",
    // podman runs the first check with the start, and then one at each interval.
    nextCheckAt: hasCheck ? world.clock.steady : Number.POSITIVE_INFINITY,
    checks: [],
  };
}

function idOf(world: World, network: string): string {
  const id = at(world.contents.networks.get(network), "id");
  if (typeof id !== "string") throw refused("podman run", `unable to find network with name ${network}`);
  return id;
}
