import type { Host } from "../model/host.ts";
import {
  type Json,
  type LiveState,
  objectAt,
  type ServiceState,
  serviceOf,
  type UnitFile,
} from "../model/live.ts";
import { LABEL_INSTANCE, unitKindOf } from "../model/unit.ts";

/** The parts of a host that are asked. */
export type ObservedHost = Pick<Host, "facts" | "files" | "clock"> & {
  readonly podman: Pick<
    Host["podman"],
    "version" | "containers" | "networks" | "volumes" | "images" | "inspect"
  >;
  readonly systemd: Pick<Host["systemd"], "services" | "unitsLike">;
};

/** What to look at besides the unit directory and podman's objects. */
export interface Question {
  /** systemd services, with their suffix; of a template its instances are looked at. */
  readonly services: readonly string[];
  /** Names of units that are wanted wherever they stand below the unit directory. */
  readonly unitNames: readonly string[];
  /** Absolute paths of kind-`file` targets. */
  readonly files: readonly string[];
  /** Absolute paths of files that containers read when they start. */
  readonly inputs?: readonly string[];
  /** Services that are not looked at, and known: their containers are nobody's surprise. */
  readonly known?: readonly string[];
  /** Names of what podman does not list in full by itself. */
  readonly secrets?: readonly string[];
  readonly pods?: readonly string[];
  readonly images?: readonly string[];
}

/**
 * Looks at the host: the unit directory, the services that systemd has loaded and podman's objects, all at
 * once and reading only. Fails as a whole where a part cannot be read, so that a state is never half true.
 */
export async function observe(host: ObservedHost, ask: Question): Promise<LiveState> {
  const { podman, systemd, facts } = host;
  const observedAt = host.clock.now().toISOString();
  const templates = ask.services.filter(isTemplate);
  const known = ask.services.filter((service) => !isTemplate(service));
  const [files, generated, services, instances, objects, inputs] = await Promise.all([
    readFiles(host, ask),
    readGenerated(host, ask.services, facts.generatorDir),
    systemd.services(known),
    systemd.unitsLike(templates.map((service) => service.replace("@.", "@*."))),
    lookAtObjects(podman, ask),
    readInputs(host, ask.inputs ?? []),
  ]);
  // Only what podman shows tells of these: nearly always there are none, and nothing more is asked.
  const answered = new Set([...known, ...(ask.known ?? [])]);
  const more = [...new Set([...instances, ...servicesOfOwn(objects.containers)])].filter(
    (service) => !answered.has(service),
  );
  const [moreServices, moreGenerated] = await Promise.all([
    more.length === 0 ? new Map<string, ServiceState>() : systemd.services(more),
    readGenerated(host, more, facts.generatorDir),
  ]);
  return {
    observedAt,
    ...objects,
    files,
    generated: new Map([...generated, ...moreGenerated]),
    services: new Map([...services, ...moreServices]),
    inputs,
  };
}

async function lookAtObjects(podman: ObservedHost["podman"], ask: Question) {
  const [podmanVersion, containers, networks, volumes, images, pods, secrets, imageDetails] =
    await Promise.all([
      podman.version(),
      podman.containers(),
      podman.networks(),
      podman.volumes(),
      podman.images(),
      podman.inspect("pod", ask.pods ?? []),
      podman.inspect("secret", ask.secrets ?? []),
      podman.inspect("image", ask.images ?? []),
    ]);
  return { podmanVersion, containers, networks, volumes, images, pods, secrets, imageDetails };
}

/** Services that containers with quadgate's label say they belong to: one that systemd does not have is an orphan's. */
function servicesOfOwn(containers: readonly Json[]): readonly string[] {
  return containers
    .filter((container) => LABEL_INSTANCE in objectAt(container, "Config", "Labels"))
    .map(serviceOf)
    .filter((service) => service !== "");
}

async function readInputs(
  host: ObservedHost,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = await Promise.all(
    paths.map(async (path) => [path, await host.files.read(path).catch(() => undefined)] as const),
  );
  return new Map(texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
}

/** systemd has no state of a template (`x@.service`) and refuses the question. */
function isTemplate(service: string): boolean {
  return /@\.[a-z]+$/.test(service);
}

async function readFiles(host: ObservedHost, ask: Question): Promise<ReadonlyMap<string, UnitFile>> {
  const { unitDir } = host.facts;
  const found = await unitFileNames(host, unitDir, "");
  const names = new Set([...found, ...ask.unitNames]);
  const inDirectory = [...names].map((name) => readFile(host, name, `${unitDir}/${name}`));
  const elsewhere = ask.files.map((path) => readFile(host, path, path));
  const files = await Promise.all([...inDirectory, ...elsewhere]);
  return new Map(files.filter((file) => file !== undefined).map((file) => [file.name, file]));
}

/** Quadlet sources at any depth and the `.conf` files of drop-in folders; links to folders are not followed. */
async function unitFileNames(host: ObservedHost, folder: string, prefix: string): Promise<readonly string[]> {
  const names = await host.files.list(folder);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = `${folder}/${name}`;
      if (unitKindOf(name) !== undefined && name.includes(".")) return [`${prefix}${name}`];
      if (prefix.endsWith(".d/") && name.endsWith(".conf")) return [`${prefix}${name}`];
      const stat = await host.files.stat(path);
      return stat?.kind === "directory" ? unitFileNames(host, path, `${prefix}${name}/`) : [];
    }),
  );
  return found.flat();
}

async function readFile(host: ObservedHost, name: string, path: string): Promise<UnitFile | undefined> {
  const stat = await host.files.stat(path);
  if (stat === undefined || stat.kind === "directory") return undefined;
  const content = await host.files.read(path);
  return content === undefined ? undefined : { name, path, content, symlink: stat.kind === "symlink" };
}

/** The text of services as the generator wrote it for systemd. */
async function readGenerated(
  host: ObservedHost,
  services: readonly string[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const texts = await Promise.all(
    services.map(async (service) => [service, await host.files.read(`${folder}/${service}`)] as const),
  );
  return new Map(texts.flatMap(([service, text]) => (text === undefined ? [] : [[service, text]])));
}
