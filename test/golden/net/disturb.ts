import type { FakeContainer } from "../../support/fake-host/container.ts";
import type { World } from "../../support/fake-host/index.ts";

type Inspect = FakeContainer["inspect"];
type Json = Inspect[string];

/** One way in which somebody changes a container or its service, or what they are made from. */
type Disturbance = (world: World, container: FakeContainer) => void;

function isRecord(value: Json | undefined): value is Inspect {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function placed(node: Inspect, [key = "", ...rest]: readonly string[], value: Json): Inspect {
  const inner = node[key];
  return { ...node, [key]: rest.length === 0 ? value : placed(isRecord(inner) ? inner : {}, rest, value) };
}

/** Lets podman show another value of a container. */
function shows(path: string, value: Json): Disturbance {
  return (world, { id }) => {
    world.contents.containers = world.contents.containers.map((one) =>
      one.id === id ? { ...one, inspect: placed(one.inspect, path.split("."), value) } : one,
    );
  };
}

function sourceOf(world: World, service: string): string {
  const text = world.contents.loaded.get(service) ?? "";
  return /^SourcePath=(.*)$/m.exec(text)?.[1] ?? "";
}

function writes(lines: string): Disturbance {
  return ({ files, ...world }, { service }) => {
    const path = sourceOf(world as World, service);
    files.put(path, `${files.files.get(path)?.content ?? ""}${lines}`);
  };
}

const stopped: Disturbance = (world, container) => {
  world.removeContainer(container);
  Object.assign(world.runOf(container.service), { active: "inactive", sub: "dead" });
};

const failed: Disturbance = (world, container) => {
  world.removeContainer(container);
  Object.assign(world.runOf(container.service), { active: "failed", sub: "failed", result: "exit-code" });
};

const withoutNetwork: Disturbance = (world, { networks: [network = ""] }) => {
  world.contents.networks.delete(network);
};

const otherNetwork: Disturbance = (world, { networks: [name = ""] }) => {
  const network = world.contents.networks.get(name);
  if (network) world.contents.networks.set(name, { ...network, internal: true, id: world.newId() });
};

const movedTag: Disturbance = (world, { inspect }) => {
  world.contents.images.set(String(inspect.ImageName), world.newId());
};

const dropIn: Disturbance = ({ facts, files }, { service }) => {
  files.put(
    `${facts.unitDir}/${service.replace(/service$/, "container")}.d/50-mine.conf`,
    "[Container]\nUser=7\n",
  );
};

/** In an order in which neighbours differ in kind. */
const DISTURBANCES: readonly Disturbance[] = [
  stopped,
  shows("ImageName", "docker.io/library/other:9"),
  writes("\n# A remark\n"),
  (world, { service }) => void world.setMemoryMax(service, 123 * 1024 ** 2),
  shows("Config.Env", ["PATH=/usr/bin:/bin", "container=podman", "BY_HAND=1"]),
  withoutNetwork,
  ({ files, ...world }, { service }) => void files.files.delete(sourceOf(world as World, service)),
  shows("HostConfig.Memory", 77 * 1024 ** 2),
  movedTag,
  failed,
  shows("Config.Labels.by.hand", "1"),
  (world, { service }) => void world.contents.masked.add(service),
  shows("HostConfig.PortBindings", { "81/tcp": [{ HostIp: "", HostPort: "8181" }] }),
  dropIn,
  (_, container) => Object.assign(container, { status: "paused" }),
  otherNetwork,
  shows("Mounts", []),
  (_, container) => Object.assign(container, { health: "unhealthy", healthyAfterMs: null, failingStreak: 3 }),
  writes("\n[Container]\nEnvironment=BY_HAND=1\n"),
  shows("BoundingCaps", ["CAP_SYS_ADMIN"]),
  (world, container) => world.removeContainer(container),
  shows("NetworkSettings.Networks", {}),
  shows("Config.CreateCommand", ["podman", "run", "--name", "by-hand", "other"]),
  shows("Config.Healthcheck", null),
];

/** What is no container's: files, networks, volumes and units that quadgate did not make. */
function disturbOthers({ facts, files, contents }: World, round: number): void {
  const written = [...files.files.keys()]
    .filter((path) => path.startsWith(`${facts.home}/containers/`))
    .sort();
  for (const [index, path] of written.entries()) {
    if (index % 3 === round % 3) files.put(path, "By hand.\n");
    if (index % 3 === (round + 1) % 3) files.files.delete(path);
  }
  files.put(`${facts.unitDir}/stray.container`, "[Container]\nImage=docker.io/library/stray:1\n");
  for (const [index, [name, volume]] of [...contents.volumes].entries())
    if (index % 4 === round % 4)
      contents.volumes.set(name, { ...volume, Labels: {}, Options: { o: "size=1G" } });
  contents.secrets.delete([...contents.secrets].sort()[round] ?? "");
}

/** Changes everything that runs on a host behind quadgate's back, each thing in another way. */
export function disturb(world: World, round: number): void {
  const containers = world.contents.containers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, container] of containers.entries())
    DISTURBANCES[(index + round * 7) % DISTURBANCES.length]?.(world, container);
  disturbOthers(world, round);
}
