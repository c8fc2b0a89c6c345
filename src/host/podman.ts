import { CommandError } from "../model/errors.ts";
import type { HostFacts, ListedContainer, Podman, Processes } from "../model/host.ts";
import { type Json, objectAt, textAt } from "../model/live.ts";
import { bringImage } from "./bring-image.ts";
import { localImage, remoteImage } from "./images.ts";
import { containerEvents } from "./podman-events.ts";
import { output } from "./processes.ts";

const GONE =
  /no such (object|container|pod|secret)|no container with name or ID|image not known|more than one result/i;
const SEVERAL = /more than one result/i;
/**
 * A name that no image can have counts as a missing image, so that the mistake of one unit does not hide the
 * others.
 */
const NO_NAME = /unsupported transport|parsing reference/;

const LOG_TIMEOUT_MS = 30_000;

/** podman through its command line; every list is one call (two for `containers`). */
export function createPodman(processes: Processes, { runtimeDir }: Pick<HostFacts, "runtimeDir">): Podman {
  const podman = (...args: readonly string[]) => output(processes, "podman", args);
  const list = async (...args: readonly string[]) => parseList(await podman(...args), args.join(" "));
  return {
    version: async () => (await podman("version", "--format", "{{.Client.Version}}")).trim(),
    containers: (expected = []) => containers(processes, expected),
    listed: () => listed(list),
    networks: () => list("network", "ls", "--format", "json"),
    volumes: () => list("volume", "ls", "--format", "json"),
    images: () => list("images", "--all", "--no-trunc", "--format", "json"),
    store: () => store(processes),
    secrets: async () =>
      (await podman("secret", "ls", "--format", "{{.Name}}")).split("\n").filter((name) => name !== ""),
    inspect: (kind, names) => inspect(processes, kind, names),
    localImage: (reference) => localImage(processes, reference),
    remoteImage: (reference, timeoutMs) => remoteImage(processes, reference, timeoutMs),
    bringImage: (need, options) => bringImage({ processes, runtimeDir }, need, options),
    tag: async (id, name) => void (await podman("tag", "--", id, name)),
    // With one argument alone, podman takes all names of the image away.
    untag: async (name) => {
      await podman("untag", "--", name, name);
    },
    healthcheck: (container) => healthcheck(processes, container),
    exec: (container, command, timeoutMs) =>
      processes.run("podman", ["exec", "--", container, ...command], { timeoutMs }),
    log: (container, since, lines) =>
      processes.run("podman", ["logs", "--since", since, "--tail", String(lines), "--", container], {
        timeoutMs: LOG_TIMEOUT_MS,
      }),
    events: (sinceMs) => containerEvents(processes, sinceMs),
    removeContainer: async (name) => {
      await podman("rm", "--force", "--ignore", "--time", "10", "--", name);
    },
    removePod: async (name) => {
      await podman("pod", "rm", "--force", "--ignore", "--time", "10", "--", name);
    },
    removeNetwork: (name) => removeNetwork(processes, name),
  };
}

type List = (...args: readonly string[]) => Promise<readonly Json[]>;

async function listed(list: List): Promise<readonly ListedContainer[]> {
  return (await list("ps", "--all", "--no-trunc", "--format", "json")).map(listedContainer);
}

function listedContainer(row: Json): ListedContainer {
  const labels = Object.entries(objectAt(row, "Labels")).map(([name, value]) => [name, String(value)]);
  return {
    id: textAt(row, "Id"),
    name: textAt(row, "Names", 0),
    imageId: textAt(row, "ImageID"),
    labels: Object.fromEntries(labels),
  };
}

async function store(processes: Processes): ReturnType<Podman["store"]> {
  const format = "{{.Store.GraphRoot}}\n{{.Store.VolumePath}}";
  const text = await output(processes, "podman", ["info", "--format", format]);
  const [graphRoot = "", volumePath = ""] = text.trim().split("\n");
  return { graphRoot, volumePath };
}

async function removeNetwork(processes: Processes, name: string): Promise<void> {
  const result = await processes.run("podman", ["network", "rm", "--", name]);
  if (result.exitCode !== 0 && !/network not found|unable to find network/i.test(result.stderr)) {
    throw new CommandError(`podman network rm ${name}`, result.exitCode, result.stderr);
  }
}

function parseList(text: string, command: string): readonly Json[] {
  try {
    const value: unknown = JSON.parse(text || "[]");
    return Array.isArray(value) ? value : [];
  } catch (error) {
    throw new CommandError(`podman ${command}`, 0, `did not print valid JSON: ${String(error)}`);
  }
}

/**
 * Inspects the expected containers while podman lists all of them, and then the others. A container may end
 * in the meantime, so those that podman no longer finds are left out.
 */
async function containers(
  processes: Processes,
  expected: readonly string[] | Promise<readonly string[]>,
): Promise<readonly Json[]> {
  const [listed, named] = await Promise.all([
    output(processes, "podman", ["ps", "--all", "--quiet", "--no-trunc"]),
    Promise.resolve(expected).then((names) => inspect(processes, "container", names)),
  ]);
  const seen = new Map(named.map((container) => [textAt(container, "Id"), container]));
  const others = listed.split("\n").filter((id) => id !== "" && !seen.has(id));
  return [...seen.values(), ...(await inspect(processes, "container", others))];
}

/**
 * podman prints what it finds, and fails if it does not find everything. If a name does not exist, podman
 * looks for ids that begin with it, and prints nothing at all if several do. quadgate then asks for each name
 * alone.
 */
async function inspect(
  processes: Processes,
  kind: string,
  names: readonly string[],
): Promise<readonly Json[]> {
  if (names.length === 0) return [];
  const result = await processes.run("podman", [kind, "inspect", "--", ...names]);
  if (result.exitCode !== 0 && !GONE.test(result.stderr) && !NO_NAME.test(result.stderr)) {
    throw new CommandError(`podman ${kind} inspect`, result.exitCode, result.stderr);
  }
  if (names.length > 1 && SEVERAL.test(result.stderr)) {
    return (await Promise.all(names.map((name) => inspect(processes, kind, [name])))).flat();
  }
  return parseList(result.stdout, `${kind} inspect`);
}

/**
 * podman exits with 0 if the check passes, 1 if it fails, and 125 if the container defines none or is gone.
 */
async function healthcheck(
  processes: Processes,
  container: string,
): Promise<"healthy" | "unhealthy" | "none"> {
  const result = await processes.run("podman", ["healthcheck", "run", "--", container]);
  if (result.exitCode === 0) return "healthy";
  return /no defined healthcheck|has no healthcheck/i.test(result.stderr) ? "none" : "unhealthy";
}
