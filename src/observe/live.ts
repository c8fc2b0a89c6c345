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
  readonly podman: Pick<Host["podman"], "containers" | "networks" | "volumes" | "images" | "inspect">;
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
  /** Names that containers are expected to have; all are looked at. */
  readonly containers?: readonly string[];
  /** Whether podman is to list its volumes. */
  readonly volumes?: boolean;
  /** Names of what podman does not list in full by itself. */
  readonly secrets?: readonly string[];
  readonly pods?: readonly string[];
  readonly images?: readonly string[];
}

/**
 * Looks at the host: the unit directory, the services that systemd has loaded and podman's objects, all at
 * once and reading only. Fails as a whole where a part cannot be read, so that a state is never half true. What nearly
 * every question asks for begins before the question is known.
 */
export async function observe(host: ObservedHost, asking: Question | Promise<Question>): Promise<LiveState> {
  const observedAt = host.clock.now().toISOString();
  const question = Promise.resolve(asking);
  const [ask, objects, named, files] = await Promise.all([
    question,
    lookAtObjects(host.podman, question),
    question.then((known) => lookAtNamed(host, known)),
    question.then((known) => readFiles(host, known)),
  ]);
  // Only what podman shows tells of these: nearly always there are none, and nothing more is asked.
  const answered = new Set([...ask.services, ...(ask.known ?? [])]);
  const more = servicesOfOwn(objects.containers).filter((service) => !answered.has(service));
  const others = await lookAtServices(host, [...new Set([...named.instances, ...more])]);
  return {
    observedAt,
    ...objects,
    files,
    generated: new Map([...named.generated, ...others.generated]),
    services: new Map([...named.services, ...others.services]),
    inputs: named.inputs,
  };
}

/** Services and files by name; of templates the instances that systemd has in memory and nobody asked for. */
async function lookAtNamed(host: ObservedHost, ask: Question) {
  const templates = ask.services.filter(isTemplate);
  const [services, texts, listed, inputs] = await Promise.all([
    lookAtServices(
      host,
      ask.services.filter((service) => !isTemplate(service)),
    ),
    readGenerated(host, templates),
    host.systemd.unitsLike(templates.map((service) => service.replace("@.", "@*."))),
    readInputs(host, ask.inputs ?? []),
  ]);
  const instances = listed.filter((service) => !ask.services.includes(service));
  return { ...services, generated: new Map([...services.generated, ...texts]), instances, inputs };
}

async function lookAtServices(host: ObservedHost, names: readonly string[]) {
  const [services, generated] = await Promise.all([
    names.length === 0 ? new Map<string, ServiceState>() : host.systemd.services(names),
    readGenerated(host, names),
  ]);
  return { services, generated };
}

async function lookAtObjects(podman: ObservedHost["podman"], question: Promise<Question>) {
  const inspect = (kind: "pod" | "secret" | "image", key: "pods" | "secrets" | "images") =>
    question.then((ask) => podman.inspect(kind, ask[key] ?? []));
  const expected = question.then((ask) => ask.containers ?? []);
  // The failure of a question is told by whoever else waits for it.
  expected.catch(() => undefined);
  const [containers, networks, images, volumes, pods, secrets, imageDetails] = await Promise.all([
    podman.containers(expected),
    podman.networks(),
    podman.images(),
    question.then((ask) => (ask.volumes ? podman.volumes() : [])),
    inspect("pod", "pods"),
    inspect("secret", "secrets"),
    inspect("image", "images"),
  ]);
  return { containers, networks, images, volumes, pods, secrets, imageDetails };
}

/** Services that containers with quadgate's label say they belong to: one that systemd does not have is an orphan's. */
function servicesOfOwn(containers: readonly Json[]): readonly string[] {
  return containers
    .filter((container) => LABEL_INSTANCE in objectAt(container, "Config", "Labels"))
    .map(serviceOf)
    .filter((service) => service !== "");
}

/** More than any file of variables or YAML for podman needs. */
const MAX_INPUT = 1024 * 1024;

/** Whoever writes a unit names these: what is no plain file, as `/dev/zero` is not, is not read. */
async function readInputs(
  { files }: Pick<ObservedHost, "files">,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const read = async (path: string) => {
    const real = await files.realPath(path);
    const stat = await files.stat(real);
    return stat?.kind === "file" && stat.size <= MAX_INPUT ? files.read(real) : undefined;
  };
  const texts = await Promise.all(
    paths.map(async (path) => [path, await read(path).catch(() => undefined)] as const),
  );
  return new Map(texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
}

/** systemd has no state of a template (`x@.service`) and refuses the question. */
function isTemplate(service: string): boolean {
  return /@\.[a-z]+$/.test(service);
}

/** What the unit directory holds, as `observe` sees it. */
export async function readUnitFiles(
  host: Pick<ObservedHost, "facts" | "files">,
): Promise<ReadonlyMap<string, UnitFile>> {
  return readFiles(host, { unitNames: [], files: [] });
}

/** Quadlet sources at any depth, the `.conf` files of drop-in folders, and what is asked for by name. */
async function readFiles(
  host: Pick<ObservedHost, "facts" | "files">,
  ask: Pick<Question, "unitNames" | "files">,
): Promise<ReadonlyMap<string, UnitFile>> {
  const { unitDir } = host.facts;
  const asked = new Set(ask.unitNames);
  const isWanted = (name: string) => asked.has(name) || isSource(name) || isDropIn(name);
  const [scanned, elsewhere] = await Promise.all([
    host.files.scan(unitDir, isWanted),
    readFilesAt(host, ask.files),
  ]);
  const inDirectory = [...scanned].map(([name, file]) => ({ name, path: `${unitDir}/${name}`, ...file }));
  const files = [...inDirectory, ...elsewhere];
  return new Map(files.map((file) => [file.name, file]));
}

function isSource(name: string): boolean {
  return unitKindOf(name) !== undefined && name.slice(name.lastIndexOf("/") + 1).includes(".");
}

function isDropIn(name: string): boolean {
  return /\.d\/[^/]+\.conf$/.test(name);
}

async function readFilesAt(
  { files }: Pick<ObservedHost, "files">,
  paths: readonly string[],
): Promise<readonly UnitFile[]> {
  const texts = [...(await files.readMany(paths))];
  return Promise.all(
    texts.map(async ([path, content]) => {
      const stat = await files.stat(path);
      return { name: path, path, content, symlink: stat?.kind === "symlink" };
    }),
  );
}

/** The text of services as the generator wrote it for systemd. */
async function readGenerated(
  host: ObservedHost,
  services: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const folder = host.facts.generatorDir;
  const paths = services.map((service) => `${folder}/${service}`);
  const texts = await host.files.readMany(paths);
  return new Map([...texts].map(([path, text]) => [path.slice(folder.length + 1), text]));
}
