import { QuadgateError } from "../model/errors.ts";
import type { Host, PlainFile } from "../model/host.ts";
import {
  type Json,
  type LiveState,
  LOOK_TIMEOUT_MS,
  objectAt,
  type ServiceState,
  serviceOf,
  type UnitFile,
} from "../model/live.ts";
import { LINK, type Obstacle } from "../model/obstacle.ts";
import { isPlain, unitPath } from "../model/plain-unit.ts";
import { LABEL_INSTANCE, unitKindOf } from "../model/unit.ts";

/** The parts of podman and systemd that quadgate asks. */
interface ObservedManagers {
  readonly podman: Pick<Host["podman"], "containers" | "networks" | "volumes" | "images" | "inspect">;
  readonly systemd: Pick<Host["systemd"], "services" | "unitsLike">;
}

/** The parts of a host that quadgate asks. */
export type ObservedHost = Pick<Host, "facts" | "files" | "clock"> & {
  readonly within: (timeoutMs: number) => ObservedManagers;
};

/** What to look at besides the unit directory and podman's objects. */
export interface Question {
  /** systemd services, with their suffix. For a template, quadgate looks at its instances. */
  readonly services: readonly string[];
  /** Names of units to look for: Quadlets anywhere below the unit directory, plain units in systemdDir. */
  readonly unitNames: readonly string[];
  /** Absolute paths of kind-`file` targets. */
  readonly files: readonly string[];
  /** Absolute paths of files that containers read when they start. */
  readonly inputs?: readonly string[];
  /** Known services that quadgate does not look at. Their containers are expected. */
  readonly known?: readonly string[];
  /** The expected names of containers. quadgate looks at all containers anyway. */
  readonly containers?: readonly string[];
  /** Whether to list podman's volumes. */
  readonly volumes?: boolean;
  /** Names of objects that podman's lists do not show in full. */
  readonly secrets?: readonly string[];
  readonly pods?: readonly string[];
  readonly images?: readonly string[];
}

/**
 * Looks at the host: the unit directory, the services that systemd has loaded and podman's objects, all at
 * once and without writing anything. Fails as a whole if a part cannot be read, so that the result is never
 * half true. The lists that nearly every question needs are requested before the question is known, and so
 * are the `likely` services.
 */
export async function observe(
  host: ObservedHost,
  asking: Question | Promise<Question>,
  likely: readonly string[] | Promise<readonly string[]> = [],
): Promise<LiveState> {
  const observedAt = host.clock.now().toISOString();
  const question = Promise.resolve(asking);
  const { podman, systemd } = host.within(LOOK_TIMEOUT_MS);
  const early = Promise.resolve(likely).then((names) => askEarly(systemd, names));
  // If the likely names cannot be found, the question fails too and reports the error.
  early.catch(() => undefined);
  const [ask, objects, named, files, elsewhere] = await Promise.all([
    question,
    lookAtObjects(podman, question),
    question.then(async (known) => lookAtNamed({ ...host, systemd }, known, await early)),
    question.then((known) => lookAtUnits(host, known.unitNames)),
    question.then((known) => host.files.readPlain(known.files)),
  ]);
  // Only podman's answer shows these services. There are nearly always none, and then quadgate asks no more.
  const answered = new Set([...ask.services, ...(ask.known ?? [])]);
  const more = servicesOfOwn(objects.containers).filter((service) => !answered.has(service));
  const others = await lookAtServices({ ...host, systemd }, [...new Set([...named.instances, ...more])]);
  const services = new Map([...named.services, ...others.services]);
  return {
    observedAt,
    ...objects,
    files: new Map([
      ...unitFilesIn(host, files),
      ...[...elsewhere].flatMap(([path, file]) => asUnitFile(path, file)),
    ]),
    obstacles: obstaclesIn(new Map([...files, ...elsewhere])),
    generated: new Map([...named.generated, ...others.generated]),
    services,
    inputs: new Map([...named.inputs, ...(await readInputs(host, ownDropIns(host, services)))]),
  };
}

/** The drop-ins for systemd that a person has made. There are nearly always none. */
function ownDropIns(
  { facts: { generatorDir } }: Pick<ObservedHost, "facts">,
  services: ReadonlyMap<string, ServiceState>,
): readonly string[] {
  const all = new Set([...services.values()].flatMap(({ dropInPaths }) => dropInPaths));
  return [...all].filter((path) => !path.startsWith("/usr/") && !path.startsWith(`${generatorDir}/`));
}

type NamedHost = Pick<ObservedHost, "facts" | "files"> & Pick<ObservedManagers, "systemd">;

/** States of services, requested before the question is known. */
interface EarlyStates {
  readonly names: ReadonlySet<string>;
  readonly states: Promise<ReadonlyMap<string, ServiceState>>;
}

const NOTHING_EARLY: EarlyStates = { names: new Set(), states: Promise.resolve(new Map()) };

function askEarly(systemd: ObservedManagers["systemd"], names: readonly string[]): EarlyStates {
  const asked = names.filter((name) => !isTemplate(name));
  if (asked.length === 0) return NOTHING_EARLY;
  const states = systemd.services(asked);
  // If the question fails, nothing waits for them.
  states.catch(() => undefined);
  return { names: new Set(asked), states };
}

/** Services and files by name, and the instances of templates that systemd has in memory. */
async function lookAtNamed(host: NamedHost, ask: Question, early: EarlyStates) {
  const templates = ask.services.filter(isTemplate);
  const [services, texts, listed, inputs] = await Promise.all([
    lookAtServices(
      host,
      ask.services.filter((service) => !isTemplate(service)),
      early,
    ),
    readGenerated(host, templates),
    host.systemd.unitsLike(templates.map((service) => service.replace("@.", "@*."))),
    readInputs(host, ask.inputs ?? []),
  ]);
  const instances = listed.filter((service) => !ask.services.includes(service));
  return { ...services, generated: new Map([...services.generated, ...texts]), instances, inputs };
}

async function lookAtServices(host: NamedHost, names: readonly string[], early = NOTHING_EARLY) {
  const rest = names.filter((name) => !early.names.has(name));
  const [known, others, generated] = await Promise.all([
    early.states,
    rest.length === 0 ? new Map<string, ServiceState>() : host.systemd.services(rest),
    readGenerated(host, names),
  ]);
  const services = names.flatMap((name) => {
    const state = known.get(name) ?? others.get(name);
    return state === undefined ? [] : [[name, state] as const];
  });
  return { services: new Map(services), generated };
}

async function lookAtObjects(podman: ObservedManagers["podman"], question: Promise<Question>) {
  const inspect = (kind: "pod" | "secret" | "image", key: "pods" | "secrets" | "images") =>
    question.then((ask) => podman.inspect(kind, ask[key] ?? []));
  const expected = question.then((ask) => ask.containers ?? []);
  // Another reader of the question reports its failure.
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

/**
 * The services that containers with quadgate's label name as theirs. If systemd does not know the service,
 * the container is orphaned.
 */
function servicesOfOwn(containers: readonly Json[]): readonly string[] {
  return containers
    .filter((container) => LABEL_INSTANCE in objectAt(container, "Config", "Labels"))
    .map(serviceOf)
    .filter((service) => service !== "");
}

/** Reads files that units name. They may be anything, so only plain files count. */
async function readInputs(
  { files }: Pick<ObservedHost, "files">,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = [...(await files.readPlain(paths))];
  return new Map(found.flatMap(([path, file]) => ("content" in file ? [[path, file.content]] : [])));
}

/** Whether it is a template (`x@.service`). Templates have no state, and systemd refuses the question. */
function isTemplate(service: string): boolean {
  return /@\.[a-z]+$/.test(service);
}

/**
 * The Quadlet sources in the unit directory at any depth, and the `.conf` files of drop-in folders. Throws
 * `state-unreadable` for a file that cannot be read, because it must not count as absent.
 */
export async function readUnitFiles(
  host: Pick<ObservedHost, "facts" | "files">,
): Promise<ReadonlyMap<string, UnitFile>> {
  const found = await lookAtQuadlets(host, []);
  for (const [name, file] of found) {
    if (!("kind" in file) || !isUnreadable(file, name)) continue;
    const path = `${host.facts.unitDir}/${name}`;
    throw new QuadgateError("state-unreadable", `cannot read ${path}: it is ${file.message}`, {
      hint: "check its owner and its mode",
    });
  }
  return unitFilesIn(host, found);
}

/** A folder that podman's generator passes over only matters if it would hold drop-ins of a unit. */
function isUnreadable({ kind }: Obstacle, name: string): boolean {
  if (kind === "unreadable-folder") return name.endsWith(".d");
  return kind !== "dangling-link" && kind !== "folder";
}

/** The contents of the unit directory, and the plain units of these names. */
async function lookAtUnits(
  host: Pick<ObservedHost, "facts" | "files">,
  names: readonly string[],
): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
  const [quadlets, plain] = await Promise.all([
    lookAtQuadlets(host, names),
    lookAtPlain(host, new Set(names.filter(isPlain))),
  ]);
  return new Map([...[...quadlets].filter(([name]) => !isPlain(name)), ...plain]);
}

/** The files of the plain units among these names. */
export async function readPlain(
  { facts, files }: Pick<ObservedHost, "facts" | "files">,
  names: readonly string[],
): Promise<ReadonlyMap<string, UnitFile>> {
  return unitFilesIn({ facts }, await lookAtPlain({ facts, files }, new Set(names.filter(isPlain))));
}

/** quadgate follows no link to a plain unit, because it may be an alias or another program's unit. */
async function lookAtPlain(
  { facts: { systemdDir }, files }: Pick<ObservedHost, "facts" | "files">,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
  if (names.size === 0) return new Map();
  const found = await files.scan(systemdDir, (name) => names.has(name));
  return new Map([...found].map(([name, file]) => [name, "content" in file && file.symlink ? LINK : file]));
}

/** The hand-written plain units of systemdDir, with their drop-ins, by Unit.name. */
export async function readPlainUnits({
  facts,
  files,
}: Pick<ObservedHost, "facts" | "files">): Promise<ReadonlyMap<string, UnitFile>> {
  const found = await files.scan(facts.systemdDir, isPlain);
  const own = [...found].filter(([, file]) => "content" in file && !file.symlink);
  return unitFilesIn({ facts }, new Map(own));
}

/** The contents of the unit directory: sources at any depth, drop-ins, and these names. */
function lookAtQuadlets(
  { facts: { unitDir }, files }: Pick<ObservedHost, "facts" | "files">,
  names: readonly string[],
): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
  const asked = new Set(names);
  return files.scan(unitDir, (name) => asked.has(name) || isSource(name) || isDropIn(name));
}

function unitFilesIn(
  { facts }: Pick<ObservedHost, "facts">,
  found: ReadonlyMap<string, PlainFile | Obstacle>,
): ReadonlyMap<string, UnitFile> {
  return new Map(
    [...found].flatMap(([name, file]) =>
      "content" in file ? [[name, { name, path: unitPath(facts, name), ...file }] as const] : [],
    ),
  );
}

function asUnitFile(path: string, file: PlainFile | Obstacle): readonly (readonly [string, UnitFile])[] {
  return "content" in file ? [[path, { name: path, path, ...file }]] : [];
}

function obstaclesIn(found: ReadonlyMap<string, PlainFile | Obstacle>): ReadonlyMap<string, Obstacle> {
  return new Map([...found].flatMap(([path, file]) => ("kind" in file ? [[path, file]] : [])));
}

function isSource(name: string): boolean {
  return unitKindOf(name) !== undefined && name.slice(name.lastIndexOf("/") + 1).includes(".");
}

function isDropIn(name: string): boolean {
  return /\.d\/[^/]+\.conf$/.test(name);
}

/** The texts of services that the generator wrote for systemd, by service. */
export async function readGenerated(
  host: Pick<ObservedHost, "facts" | "files">,
  services: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const folder = host.facts.generatorDir;
  const found = [...(await host.files.readPlain(services.map((service) => `${folder}/${service}`)))];
  return new Map(
    found.flatMap(([path, file]) =>
      "content" in file ? [[path.slice(folder.length + 1), file.content]] : [],
    ),
  );
}
