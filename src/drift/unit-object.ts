import { type Json, LABEL_SYSTEMD_UNIT, listAt, objectAt, textAt } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import { imagesNamed } from "../quadlet/argv/image-names.ts";
import type { PodmanCall } from "../quadlet/argv/podman-call.ts";
import type { IndexedLive } from "./indexed-live.ts";

/** What a unit is looked for by. */
export interface Sought {
  readonly kind: Unit["kind"];
  readonly service: string;
  /** Name that the object should have. */
  readonly name: string | undefined;
  readonly call: PodmanCall | undefined;
}

/** What a unit stands for, as podman has it; of a pod and a YAML file, what podman tells of them put together. */
export function objectOf({ kind, service, name, call }: Sought, live: IndexedLive): Json | undefined {
  switch (kind) {
    case "container":
      return containerOf(live, name, service);
    case "pod":
      return podOf(live, name, service);
    case "network":
      return foundBy(live.index.networks, name);
    case "volume":
      return foundBy(live.index.volumes, name);
    case "image":
    case "build":
      return imageOf(live, call);
    case "kube":
      return playedOf(live, service);
    default:
      return undefined;
  }
}

function foundBy(objects: ReadonlyMap<string, readonly Json[]>, text: string | undefined): Json | undefined {
  return text === undefined ? undefined : objects.get(text)?.[0];
}

/** By name; else the one that the service started and somebody has renamed. */
function containerOf(live: IndexedLive, name: string | undefined, service: string): Json | undefined {
  return foundBy(live.index.containersByName, name) ?? foundBy(live.index.containersByService, service);
}

/**
 * A pod in the shape of its infra container, which has its networks, ports and mounts; podman notes the command that
 * made it, its name and its labels with the pod.
 */
function podOf(live: IndexedLive, name: string | undefined, service: string): Json | undefined {
  const pod =
    live.pods.find((candidate) => textAt(candidate, "Name") === name) ??
    live.pods.find((candidate) => textAt(objectAt(candidate, "Labels"), LABEL_SYSTEMD_UNIT) === service);
  if (pod === undefined) return undefined;
  const infraId = textAt(pod, "InfraContainerID");
  const infra = live.containers.find((container) => textAt(container, "Id") === infraId);
  // podman is just making the pod, or could not: what its infra container shows is not there to be compared.
  if (infra === undefined) return undefined;
  return {
    ...objectAt(infra),
    Name: textAt(pod, "Name"),
    Config: {
      ...objectAt(infra, "Config"),
      Labels: objectAt(pod, "Labels"),
      CreateCommand: listAt(pod, "CreateCommand"),
    },
    Pod: "",
    PodState: textAt(pod, "State"),
    ExitPolicy: textAt(pod, "ExitPolicy"),
  };
}

function imageOf(live: IndexedLive, call: PodmanCall | undefined): Json | undefined {
  const names = imageNames(call);
  return names.flatMap((name) => imagesNamed(name, live.index.imageDetails))[0];
}

/** A reference with one of these (`docker-archive:/x.tar`) is not the name that the image has here. */
const TRANSPORT = /^(containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|sif):/;

/** Names that the image of an image or build unit has once it is there; none where they cannot be told. */
export function imageNames(call: PodmanCall | undefined): readonly string[] {
  if (call?.subcommand === "build") return call.flags.get("tag") ?? [];
  if (call?.subcommand !== "image pull") return [];
  const names = call.rest.slice(0, 1).map((name) => name.replace(/^docker:\/\//, ""));
  return names.filter((name) => !TRANSPORT.test(name));
}

/** What a service made of YAML: its containers, without those that podman adds, which are told apart. */
function playedOf(live: IndexedLive, service: string): Json | undefined {
  const own = live.index.containersByService.get(service) ?? [];
  if (own.length === 0) return undefined;
  const is = (container: Json, key: string) => objectAt(container)[key] === true;
  return {
    Containers: own.filter((container) => !is(container, "IsInfra") && !is(container, "IsService")),
    Infras: own.filter((container) => is(container, "IsInfra")),
    Service: own.find((container) => is(container, "IsService")) ?? null,
  };
}
