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
import type { Obstacle } from "../model/obstacle.ts";
import { LABEL_INSTANCE, unitKindOf } from "../model/unit.ts";

/** The parts of podman and systemd that are asked. */
interface ObservedManagers {
  readonly podman: Pick<Host["podman"], "containers" | "networks" | "volumes" | "images" | "inspect">;
  readonly systemd: Pick<Host["systemd"], "services" | "unitsLike">;
}

/** The parts of a host that are asked. */
export type ObservedHost = Pick<Host, "facts" | "files" | "clock"> & {
  readonly within: (timeoutMs: number) => ObservedManagers;
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
 * every question asks for begins before the question is known; so do services that are `likely` in it, where those are
 * known earlier.
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
  // What is not known early fails the question too, which tells.
  early.catch(() => undefined);
  const [ask, objects, named, files, elsewhere] = await Promise.all([
    question,
    lookAtObjects(podman, question),
    question.then(async (known) => lookAtNamed({ ...host, systemd }, known, await early)),
    question.then((known) => lookAtUnits(host, known.unitNames)),
    question.then((known) => host.files.readPlain(known.files)),
  ]);
  // Only what podman shows tells of these: nearly always there are none, and nothing more is asked.
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

/** systemd's drop-ins that a person has made: nearly always there are none. */
function ownDropIns(
  { facts: { generatorDir } }: Pick<ObservedHost, "facts">,
  services: ReadonlyMap<string, ServiceState>,
): readonly string[] {
  const all = new Set([...services.values()].flatMap(({ dropInPaths }) => dropInPaths));
  return [...all].filter((path) => !path.startsWith("/usr/") && !path.startsWith(`${generatorDir}/`));
}

type NamedHost = Pick<ObservedHost, "facts" | "files"> & Pick<ObservedManagers, "systemd">;

/** States of services that were asked for before the question was known. */
interface EarlyStates {
  readonly names: ReadonlySet<string>;
  readonly states: Promise<ReadonlyMap<string, ServiceState>>;
}

const NOTHING_EARLY: EarlyStates = { names: new Set(), states: Promise.resolve(new Map()) };

function askEarly(systemd: ObservedManagers["systemd"], names: readonly string[]): EarlyStates {
  const asked = names.filter((name) => !isTemplate(name));
  if (asked.length === 0) return NOTHING_EARLY;
  const states = systemd.services(asked);
  // Where the question fails nobody waits for them.
  states.catch(() => undefined);
  return { names: new Set(asked), states };
}

/** Services and files by name; of templates the instances that systemd has in memory and nobody asked for. */
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

/** Whoever writes a unit names these. */
async function readInputs(
  { files }: Pick<ObservedHost, "files">,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = [...(await files.readPlain(paths))];
  return new Map(found.flatMap(([path, file]) => ("content" in file ? [[path, file.content]] : [])));
}

/** systemd has no state of a template (`x@.service`) and refuses the question. */
function isTemplate(service: string): boolean {
  return /@\.[a-z]+$/.test(service);
}

/**
 * The Quadlet sources in the unit directory at any depth, and the `.conf` files of drop-in folders. What cannot be read must not
 * be taken for what is not there: throws `state-unreadable`.
 */
export async function readUnitFiles(
  host: Pick<ObservedHost, "facts" | "files">,
): Promise<ReadonlyMap<string, UnitFile>> {
  const found = await lookAtUnits(host, []);
  for (const [name, file] of found) {
    if (!("kind" in file) || !isUnreadable(file, name)) continue;
    const path = `${host.facts.unitDir}/${name}`;
    throw new QuadgateError("state-unreadable", `cannot read ${path}: it is ${file.message}`, {
      hint: "check its owner and its mode",
    });
  }
  return unitFilesIn(host, found);
}

/** A folder that podman's generator passes over matters where it would hold drop-ins of a unit. */
function isUnreadable({ kind }: Obstacle, name: string): boolean {
  if (kind === "unreadable-folder") return name.endsWith(".d");
  return kind !== "dangling-link" && kind !== "folder";
}

/** What the unit directory holds: sources at any depth, drop-ins, and these names. */
function lookAtUnits(
  { facts: { unitDir }, files }: Pick<ObservedHost, "facts" | "files">,
  names: readonly string[],
): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
  const asked = new Set(names);
  return files.scan(unitDir, (name) => asked.has(name) || isSource(name) || isDropIn(name));
}

function unitFilesIn(
  { facts: { unitDir } }: Pick<ObservedHost, "facts">,
  found: ReadonlyMap<string, PlainFile | Obstacle>,
): ReadonlyMap<string, UnitFile> {
  return new Map(
    [...found].flatMap(([name, file]) =>
      "content" in file ? [[name, { name, path: `${unitDir}/${name}`, ...file }] as const] : [],
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

/** The text of services as the generator wrote it for systemd. */
async function readGenerated(
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
