import type { Host } from "../model/host.ts";
import type { LiveState, UnitFile } from "../model/live.ts";
import { unitKindOf } from "../model/unit.ts";

/** The parts of a host that are asked. */
export type ObservedHost = Pick<Host, "facts" | "files" | "clock"> & {
  readonly podman: Pick<Host["podman"], "version" | "containers" | "networks" | "volumes" | "images">;
  readonly systemd: Pick<Host["systemd"], "services">;
};

/** What to look at besides the unit directory and podman's objects. */
export interface Question {
  /** systemd services, with their suffix. */
  readonly services: readonly string[];
  /** Names of units that are wanted wherever they stand below the unit directory. */
  readonly unitNames: readonly string[];
  /** Absolute paths of kind-`file` targets. */
  readonly files: readonly string[];
}

/**
 * Looks at the host: the unit directory, the services that systemd has loaded and podman's objects, all at
 * once and reading only. Fails as a whole where a part cannot be read, so that a state is never half true.
 */
export async function observe(host: ObservedHost, ask: Question): Promise<LiveState> {
  const { podman, systemd, facts } = host;
  const observedAt = host.clock.now().toISOString();
  const [files, generated, services, podmanVersion, containers, networks, volumes, images] =
    await Promise.all([
      readFiles(host, ask),
      readGenerated(host, ask.services, facts.generatorDir),
      systemd.services(ask.services.filter((service) => !isTemplate(service))),
      podman.version(),
      podman.containers(),
      podman.networks(),
      podman.volumes(),
      podman.images(),
    ]);
  return { observedAt, podmanVersion, files, generated, services, containers, networks, volumes, images };
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
