import type { Issue } from "../model/issue.ts";
import { type Json, listAt, objectAt, textAt } from "../model/live.ts";
import type { FoundNeeds, NeedsQuestion, Requirements } from "../model/needs.ts";
import type { Place } from "../model/place.ts";
import { cleanPath } from "./argv/mounts.ts";
import { placeOf } from "./conflicts.ts";
import type { Sources, UnitNeeds } from "./needs.ts";

/** What may be missing, by the code of its issue, and when it keeps an instance from being touched. */
export const PREREQUISITES = {
  "podman-too-old": { blocks: "always", meaning: "the pattern needs a newer podman" },
  "secret-missing": { blocks: "always", meaning: "podman has no secret of that name" },
  "device-missing": { blocks: "always", meaning: "a device is not there" },
  "network-missing": { blocks: "always", meaning: "a network is neither there nor in the repository" },
  "source-not-there": {
    blocks: "always",
    meaning: "a file or folder that is mounted, and is not quadgate's to make, is not there",
  },
  "source-no-folder": {
    blocks: "always",
    meaning: "a folder is to be mounted, and something else stands at its path",
  },
  "mount-missing": {
    blocks: "always",
    meaning: "a file system that holds an instance's data is not mounted",
  },
  "port-taken": { blocks: "first", meaning: "another program listens on a port that the instance publishes" },
  "port-privileged": { blocks: "first", meaning: "a rootless container may not publish so low a port" },
  "disk-short": { blocks: "first", meaning: "there is less free space than the pattern asks for" },
  "sysctl-out-of-bounds": { blocks: "first", meaning: "a kernel parameter is not what the pattern needs" },
  "copy-on-write": {
    blocks: "never",
    meaning: "a folder with data has copy on write on, where the pattern wants it off",
  },
} as const satisfies Record<string, { blocks: "always" | "first" | "never"; meaning: string }>;

export type PrerequisiteCode = keyof typeof PREREQUISITES;

/** One thing that an instance needs, and whether it is there. */
export interface Prerequisite {
  readonly instance: string;
  /** `secret db-password`, `folder /srv/media`. */
  readonly check: string;
  /** Undefined: it is there. */
  readonly code?: PrerequisiteCode;
  readonly message: string;
  /** The command that mends it. */
  readonly fix?: string;
  readonly place?: Place;
}

export interface PrerequisiteInput {
  readonly needs: readonly UnitNeeds[];
  readonly sources: Sources;
  readonly requirements: readonly Requirements[];
  readonly found: FoundNeeds;
  readonly podmanVersion: string;
  /** Podman's names of networks that are there or that units of the repository make. */
  readonly networks: ReadonlySet<string>;
  /** `podman inspect` elements. */
  readonly containers: readonly Json[];
  /** Files that units of the repository put on the host: what is mounted may be one of them, or a folder above. */
  readonly files: readonly string[];
  readonly rootless: boolean;
  /** The home folder that `~` means. */
  readonly home: string;
}

/** What has to be looked at to judge the prerequisites. */
export function prerequisiteQuestion(
  needs: readonly UnitNeeds[],
  sources: Sources,
  requirements: readonly Requirements[],
): NeedsQuestion {
  const devices = requirements.flatMap((one) => one.devices.map(({ path }) => path));
  return {
    folders: sources.folders.map(({ path }) => path),
    paths: [
      ...sources.required.map(({ path }) => path),
      ...needs.flatMap((one) => one.devices),
      ...devices.filter((path) => path.startsWith("/")),
    ],
    secrets: [...needs, ...requirements].some(({ secrets }) => secrets.length > 0),
    ports: needs.some(({ ports }) => ports.length > 0),
    sysctls: [
      ...new Set([...requirements.flatMap((one) => one.sysctls.map(({ name }) => name)), UNPRIVILEGED]),
    ],
    disks: requirements.flatMap((one) => (one.disk === undefined ? [] : dataFolder(one, sources))),
  };
}

const UNPRIVILEGED = "net.ipv4.ip_unprivileged_port_start";

/** Where an instance's data goes: its first folder; without one into podman's own storage, which is not judged. */
function dataFolder({ instance }: Requirements, { folders }: Sources): readonly string[] {
  const own = folders.find((folder) => folder.instance === instance);
  return own === undefined ? [] : [own.path];
}

/** Every prerequisite of every instance, those that are met too. */
export function judgePrerequisites(input: PrerequisiteInput): readonly Prerequisite[] {
  return [
    ...input.requirements.flatMap((one) => [
      ...podman(one, input),
      ...disk(one, input),
      ...sysctls(one, input),
      ...requiredMounts(one, input),
    ]),
    ...secrets(input),
    ...devices(input),
    ...input.needs.flatMap((one) => [...networks(one, input), ...ports(one, input)]),
    ...requiredSources(input),
    ...folders(input),
  ];
}

/** What keeps instances from being touched. Some things matter only before the first deployment. */
export function blockingIssues(
  prerequisites: readonly Prerequisite[],
  isDeployed: (instance: string) => boolean,
): readonly Issue[] {
  return prerequisites.flatMap(({ code, instance, message, fix, place }) => {
    const blocks = code === undefined ? "never" : PREREQUISITES[code].blocks;
    if (code === undefined || blocks === "never" || (blocks === "first" && isDeployed(instance))) return [];
    return [{ code, message, instance, ...(place && { place }), ...(fix !== undefined && { hint: fix }) }];
  });
}

function podman({ instance, place, podman: wanted }: Requirements, { podmanVersion }: PrerequisiteInput) {
  if (wanted === undefined) return [];
  const check = "podman";
  const has = podmanVersion.split(".").map(Number);
  const wants = wanted.split(".").map(Number);
  const differs = wants.findIndex((part, index) => part !== (has[index] ?? 0));
  if (differs < 0 || (wants[differs] ?? 0) < (has[differs] ?? 0) || has.some(Number.isNaN))
    return [{ instance, check, message: `${podmanVersion}, and ${wanted} is needed` }];
  return [
    {
      instance,
      check,
      code: "podman-too-old" as const,
      message: `the pattern needs podman ${wanted}, and this host has ${podmanVersion}`,
      fix: "upgrade podman",
      place,
    },
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)}G`;
}

function disk(one: Requirements, { sources, found }: PrerequisiteInput): readonly Prerequisite[] {
  const { instance, place, disk: wanted } = one;
  const [path] = dataFolder(one, sources);
  const free = path === undefined ? undefined : found.disks.get(path);
  if (wanted === undefined || path === undefined || free === undefined) return [];
  const check = "disk space";
  const message = `${gigabytes(free)} are free where ${path} is, and ${gigabytes(wanted)} are needed`;
  if (free >= wanted) return [{ instance, check, message }];
  return [{ instance, check, code: "disk-short", message, fix: `make room: df -h ${path}`, place }];
}

function sysctls({ instance, place, sysctls: rows }: Requirements, { found }: PrerequisiteInput) {
  return rows.flatMap(({ name, min, max, why }): Prerequisite[] => {
    const value = found.sysctls.get(name);
    if (value === undefined) return [];
    const check = `kernel ${name}`;
    const wanted =
      min !== undefined && value < min ? min : max !== undefined && value > max ? max : undefined;
    if (wanted === undefined) return [{ instance, check, message: String(value) }];
    const message = `${name} is ${value} and must be at ${wanted === min ? "least" : "most"} ${wanted}: ${why}`;
    return [{ instance, check, code: "sysctl-out-of-bounds", message, fix: setSysctl(name, wanted), place }];
  });
}

const setSysctl = (name: string, value: number): string =>
  `echo ${name}=${value} | sudo tee /etc/sysctl.d/90-${name.replaceAll(/[./]/g, "-")}.conf && sudo sysctl --system`;

function requiredMounts({ instance, place, mounts }: Requirements, { found, home }: PrerequisiteInput) {
  return mounts.map((written): Prerequisite => {
    const path = cleanPath(written.replace(/^~(?=\/|$)/, home));
    const check = `mount ${path}`;
    if (found.mountPoints.has(path)) return { instance, check, message: "mounted" };
    const message = `nothing is mounted at ${path}, which requireMount asks for`;
    return { instance, check, code: "mount-missing", message, fix: `sudo mount ${path}`, place };
  });
}

function secrets({ needs, requirements, found }: PrerequisiteInput): readonly Prerequisite[] {
  const used = needs.flatMap(({ instance, unit, secrets: names }) =>
    names.map((name) => ({ instance, name, place: placeOf(unit, "Secret", name) ?? unit.origin })),
  );
  const asked = requirements.flatMap(({ instance, place, secrets: rows }) =>
    rows.map(({ name, purpose }) => ({ instance, name, place, purpose })),
  );
  const all = new Map([...asked, ...used].map((one) => [`${one.instance} ${one.name}`, one]));
  return [...all.values()].map(({ instance, name, place }): Prerequisite => {
    const check = `secret ${name}`;
    if (found.secrets.has(name)) return { instance, check, message: "there" };
    const purpose = asked.find((one) => one.instance === instance && one.name === name)?.purpose;
    const why = purpose === undefined ? "" : ` (${purpose.trim().replace(/\.$/, "")})`;
    const message = `there is no podman secret ${JSON.stringify(name)}${why}`;
    return { instance, check, code: "secret-missing", message, fix: createSecret(name), place };
  });
}

const createSecret = (name: string): string => `openssl rand -hex 32 | podman secret create ${name} -`;

function devices({ needs, requirements, found }: PrerequisiteInput): readonly Prerequisite[] {
  const used = needs.flatMap(({ instance, unit, devices: paths }) =>
    paths.map((path) => ({
      instance,
      path,
      place: placeOf(unit, "AddDevice", path) ?? unit.origin,
      optional: false,
    })),
  );
  const asked = requirements.flatMap(({ instance, place, devices: rows }) =>
    rows.filter(({ path }) => path.startsWith("/")).map((row) => ({ ...row, instance, place })),
  );
  const all = new Map([...asked, ...used].map((one) => [`${one.instance} ${one.path}`, one]));
  return [...all.values()].map(({ instance, path, place, optional }): Prerequisite => {
    const check = `device ${path}`;
    if (found.paths.has(path)) return { instance, check, message: "there" };
    if (optional) return { instance, check, message: "not there, and not needed" };
    const why = asked.find((one) => one.instance === instance && one.path === path)?.why;
    const message = `there is no device ${path}${why === undefined ? "" : ` (${why.trim().replace(/\.$/, "")})`}`;
    const fix = `see what there is: ls -l ${path.slice(0, path.lastIndexOf("/")) || "/"}`;
    return { instance, check, code: "device-missing", message, fix, place };
  });
}

function networks({ instance, unit, networks: names }: UnitNeeds, input: PrerequisiteInput) {
  return names.map((name): Prerequisite => {
    const check = `network ${name}`;
    if (input.networks.has(name)) return { instance, check, message: "there, or made before the start" };
    const message = `there is no network ${JSON.stringify(name)}, and no unit that makes it`;
    const place = placeOf(unit, "Network", name) ?? unit.origin;
    const fix = `podman network create ${name}, or name one of networks.yaml`;
    return { instance, check, code: "network-missing", message, fix, place };
  });
}

/** Ports of the host that live containers hold: a sync may move them from one instance to another. */
function heldByContainers(containers: readonly Json[]): ReadonlySet<string> {
  return new Set(
    containers.flatMap((container) => {
      const bindings = objectAt(container, "HostConfig", "PortBindings");
      return Object.keys(bindings).flatMap((port) =>
        listAt(bindings, port).map((row) => `${textAt(row, "HostPort")}/${port.split("/")[1] ?? "tcp"}`),
      );
    }),
  );
}

function ports(
  { instance, unit, ports: rows }: UnitNeeds,
  input: PrerequisiteInput,
): readonly Prerequisite[] {
  const { found, rootless, containers } = input;
  const held = heldByContainers(containers);
  const lowest = found.sysctls.get(UNPRIVILEGED) ?? 0;
  return rows.map(({ host, protocol }): Prerequisite => {
    const check = `port ${host}/${protocol}`;
    const place = placeOf(unit, "PublishPort", String(host)) ?? unit.origin;
    if (rootless && host < lowest) {
      const message = `port ${host} is below ${lowest}, which only root may publish`;
      return { instance, check, code: "port-privileged", message, fix: setSysctl(UNPRIVILEGED, host), place };
    }
    const taken = found.listeners.some((one) => one.port === host && one.protocol === protocol);
    if (!taken) return { instance, check, message: "free" };
    if (held.has(`${host}/${protocol}`)) return { instance, check, message: "held by a container" };
    const message = `port ${host}/${protocol} of the host is in use by another program`;
    return {
      instance,
      check,
      code: "port-taken",
      message,
      fix: `see which: ss -lpn 'sport = :${host}'`,
      place,
    };
  });
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** The file system of /etc/fstab that a path belongs on, where it is not mounted. */
function missingFileSystem(path: string, { fstab, mountPoints }: FoundNeeds): string | undefined {
  return fstab.find((point) => isWithin(path, cleanPath(point)) && !mountPoints.has(cleanPath(point)));
}

function notMounted(instance: string, path: string, point: string, place: Place): Prerequisite {
  return {
    instance,
    check: `mount ${point}`,
    code: "mount-missing",
    message: `${path} belongs on ${point}, which /etc/fstab mounts and which is not mounted`,
    fix: `sudo mount ${point}`,
    place,
  };
}

function requiredSources({ sources, found, files }: PrerequisiteInput): readonly Prerequisite[] {
  return sources.required.map(({ path, needs: { instance, unit }, target }): Prerequisite => {
    const check = `source ${path}`;
    const place = placeOf(unit, "Volume", `:${target}`) ?? unit.origin;
    const point = missingFileSystem(path, found);
    if (point !== undefined) return notMounted(instance, path, point, place);
    if (found.paths.has(path)) return { instance, check, message: "there" };
    if (files.some((file) => isWithin(file, path)))
      return { instance, check, message: "comes from the repository" };
    const message = `${path}, which is mounted at ${target}, does not exist`;
    return { instance, check, code: "source-not-there", message, fix: `mkdir -p ${path}`, place };
  });
}

function folders({ sources, found, needs }: PrerequisiteInput): readonly Prerequisite[] {
  return sources.folders.flatMap(({ path, instance, units: [name], nocow, purpose }): Prerequisite[] => {
    const unit = needs.find((one) => one.unit.name === name)?.unit;
    if (unit === undefined) return [];
    const check = `folder ${path}`;
    const place = unit.origin;
    const point = missingFileSystem(path, found);
    if (point !== undefined) return [notMounted(instance, path, point, place)];
    const state = found.folders.get(path);
    const what = purpose === undefined ? "" : `: ${purpose.trim()}`;
    if (state === undefined) return [{ instance, check, message: `made before the start${what}` }];
    if (state.kind === "other") {
      const message = `${path} is to be mounted as a folder, and is none`;
      return [{ instance, check, code: "source-no-folder", message, fix: `ls -ld ${path}`, place }];
    }
    if (nocow && state.nocow === false && !state.empty) {
      const message = `copy on write is on for ${path}, which holds data already; quadgate does not change it`;
      const fix = `with the service stopped: mv ${path} ${path}.old && mkdir ${path} && chattr +C ${path} && cp -a --reflink=never ${path}.old/. ${path}`;
      return [{ instance, check, code: "copy-on-write", message, fix, place }];
    }
    return [{ instance, check, message: `there${what}` }];
  });
}
