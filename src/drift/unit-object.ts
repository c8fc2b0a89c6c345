import { type Json, LABEL_SYSTEMD_UNIT, listAt, objectAt, textAt } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import { imagesNamed } from "../quadlet/argv/image-names.ts";
import type { PodmanCall } from "../quadlet/argv/podman-call.ts";
import type { IndexedLive } from "./indexed-live.ts";

/** By what a unit's object is found. */
export interface ObjectQuery {
  readonly kind: Unit["kind"];
  readonly service: string;
  /** Name that the object should have. */
  readonly name: string | undefined;
  readonly call: PodmanCall | undefined;
}

/**
 * The object of a unit, as podman has it. For a pod or a YAML file, it is put together from
 * several objects.
 */
export function objectOf({ kind, service, name, call }: ObjectQuery, live: IndexedLive): Json | undefined {
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

/** Found by name, or else as the container that the service started and someone has renamed. */
function containerOf(live: IndexedLive, name: string | undefined, service: string): Json | undefined {
  return foundBy(live.index.containersByName, name) ?? foundBy(live.index.containersByService, service);
}

/**
 * A pod in the shape of its infra container, which has the networks, ports and mounts. The command that made
 * the pod, its name and its labels come from the pod itself.
 */
function podOf(live: IndexedLive, name: string | undefined, service: string): Json | undefined {
  const pod =
    live.pods.find((candidate) => textAt(candidate, "Name") === name) ??
    live.pods.find((candidate) => textAt(objectAt(candidate, "Labels"), LABEL_SYSTEMD_UNIT) === service);
  if (pod === undefined) return undefined;
  const infraId = textAt(pod, "InfraContainerID");
  const infra = live.containers.find((container) => textAt(container, "Id") === infraId);
  // podman is still making the pod or failed to. Without an infra container there is nothing to compare.
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

/** A reference with one of these (`docker-archive:/x.tar`) is not the image's name in the local storage. */
const TRANSPORT = /^(containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|sif):/;

/** The names that the image of an image or build unit has once it is there; empty if they are not known. */
export function imageNames(call: PodmanCall | undefined): readonly string[] {
  if (call?.subcommand === "build") return call.flags.get("tag") ?? [];
  if (call?.subcommand !== "image pull") return [];
  const names = call.rest.slice(0, 1).map((name) => name.replace(/^docker:\/\//, ""));
  return names.filter((name) => !TRANSPORT.test(name));
}

/** What a service made of YAML: its containers, and separately those that podman adds. */
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
