import { type Json, textAt } from "../../../src/model/live.ts";
import type { FakeContainer } from "./container.ts";
import { tell } from "./journal.ts";
import { type LoadedUnit, loadUnit } from "./loaded-unit.ts";
import { refused } from "./objects.ts";
import type { World } from "./world.ts";

type Pod = NonNullable<LoadedUnit["pod"]>;

/** `podman pod create --replace` and `podman pod start`: gives the infra container, which runs as long as the pod. */
export function createPod(world: World, { name, words }: Pod, service: string): FakeContainer {
  const { pods, containers } = world.contents;
  const id = world.newId();
  const infra = world.newId();
  for (const old of containers.filter(({ inspect }) => inspect.Pod === textAt(pods.get(name), "Id")))
    world.removeContainer(old);
  const Labels = { PODMAN_SYSTEMD_UNIT: service };
  const made = { CreateCommand: words, Labels, ExitPolicy: "stop" };
  pods.set(name, { Id: id, Name: name, State: "Running", InfraContainerID: infra, ...made });
  const container: FakeContainer = {
    id: infra,
    name: `${name}-infra`,
    service,
    networks: [],
    inspect: infraInspect(infra, id, service),
    status: "running",
    startedAt: world.clock.steady,
    startedOn: world.clock.now().toISOString(),
    ends: undefined,
    healthyAfterMs: null,
    sickAfterMs: undefined,
    health: undefined,
    failingStreak: 0,
    intervalMs: 0,
    retries: 0,
    startPeriodMs: 0,
    onFailure: "none",
    nextCheckAt: Number.POSITIVE_INFINITY,
    checks: [],
  };
  containers.push(container);
  for (const status of ["create", "init", "start"]) tell(world, container, status);
  return container;
}

function infraInspect(id: string, pod: string, service: string): { readonly [key: string]: Json } {
  const Config = { Labels: { PODMAN_SYSTEMD_UNIT: service }, CreateCommand: [] };
  return { Id: id, Pod: pod, IsInfra: true, Config, HostConfig: {}, NetworkSettings: { Networks: {} } };
}

/** The id of the pod that a container's generated unit joins. */
export function podOfMember(world: World, text: string): string | undefined {
  const [, file] = /--pod-id-file[= ]%t\/(\S+)\.pod-id/.exec(text) ?? [];
  if (file === undefined) return undefined;
  const service = `${file}.service`;
  const loaded = world.contents.loaded.get(service);
  const name = loaded === undefined ? undefined : loadUnit(service, loaded, world.facts).pod?.name;
  const pod = name === undefined ? undefined : world.contents.pods.get(name);
  if (pod === undefined) throw refused("podman run", `no pod of ${service}`);
  return textAt(pod, "Id");
}
