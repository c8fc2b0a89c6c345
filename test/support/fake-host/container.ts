import { parseGoDuration } from "../../../src/lib/go-duration.ts";
import { parseSize } from "../../../src/lib/size.ts";
import type { Json } from "../../../src/model/live.ts";
import { allOf, lastOf, type PodmanCall } from "../../../src/quadlet/argv/podman-call.ts";

/** What podman knows of one container, and how it will behave. */
export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  /** The service that started it. */
  readonly service: string;
  readonly networks: readonly string[];
  /** How `podman inspect` shows it, but for its state and health. */
  readonly inspect: { readonly [key: string]: Json };
  status: "running" | "exited" | "paused";
  /** Times are steady ones. */
  readonly startedAt: number;
  /** ISO 8601 */
  readonly startedOn: string;
  /** When its program ends by itself, and its status then. */
  readonly ends: { readonly at: number; readonly status: number } | undefined;
  /** Milliseconds from its start on until its check passes; null: never. */
  readonly healthyAfterMs: number | null;
  /** Milliseconds from its start on until its check passes no longer. */
  readonly sickAfterMs: number | undefined;
  /** undefined where it has no health check. */
  health: "starting" | "healthy" | "unhealthy" | undefined;
  failingStreak: number;
  readonly intervalMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
  /** What podman does once it is unhealthy. */
  readonly onFailure: string;
  /** The pod in which `podman kube play` made it. */
  readonly playedIn?: string;
  /** When podman's timer runs its check again. */
  nextCheckAt: number;
  /** The last checks, oldest first. */
  checks: readonly { readonly on: string; readonly passed: boolean }[];
}

const CAPABILITIES = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID";

interface Situation {
  readonly id: string;
  readonly service: string;
  readonly words: readonly string[];
  readonly imageId: string;
  /** Network name to network id. */
  readonly networkIds: ReadonlyMap<string, string>;
  readonly now: number;
}

/** The `podman inspect` element of a container that `call` has just started, as far as quadgate looks at it. */
export function inspectOf(call: PodmanCall, situation: Situation): { readonly [key: string]: Json } {
  const { id, service, words, imageId, now } = situation;
  const [image = "", ...command] = call.rest;
  return {
    Id: id,
    Created: new Date(now).toISOString(),
    Name: nameOf(call),
    Image: imageId,
    ImageName: image,
    BoundingCaps: capabilities(call),
    Mounts: mounts(call),
    Config: {
      CreateCommand: words,
      Hostname: lastOf(call.flags, "hostname") ?? id.slice(0, 12),
      Labels: { ...pairs(allOf(call.flags, "label")), PODMAN_SYSTEMD_UNIT: service },
      Env: ["PATH=/usr/bin:/bin", "container=podman", ...allOf(call.flags, "env")],
      Cmd: command.length > 0 ? command : ["default-of-the-image"],
      Entrypoint: entrypoint(call),
      User: lastOf(call.flags, "user") ?? "",
      Annotations: pairs([
        ...allOf(call.flags, "annotation"),
        ...allOf(call.flags, "userns").map((value) => `io.podman.annotations.userns=${value}`),
      ]),
      ExposedPorts: Object.fromEntries(allOf(call.flags, "expose").map((port) => [`${port}/tcp`, {}])),
      Secrets: allOf(call.flags, "secret").map(secret),
      Healthcheck: healthcheck(call),
      HealthcheckOnFailureAction: lastOf(call.flags, "health-on-failure") ?? "none",
    },
    HostConfig: hostConfig(call),
    NetworkSettings: { Networks: networkSettings(call, situation) },
  };
}

export function nameOf(call: PodmanCall): string {
  return lastOf(call.flags, "name") ?? "nameless";
}

/** The networks that a command names, without podman's modes. */
export function networksOf(call: PodmanCall): readonly string[] {
  const names = allOf(call.flags, "network").map((value) => value.split(":")[0] ?? "");
  return names.filter((name) => !/^(host|none|private|bridge|slirp4netns|pasta|container|ns)$/.test(name));
}

/** The named volumes that a command mounts; podman makes those that are missing. */
export function volumesOf(call: PodmanCall): readonly string[] {
  return allOf(call.flags, "volume")
    .map((value) => value.split(":")[0] ?? "")
    .filter((source) => source !== "" && !source.startsWith("/"));
}

export function milliseconds(call: PodmanCall, flag: string, fallback: string): number {
  return (parseGoDuration(lastOf(call.flags, flag) ?? fallback) ?? 0) / 1e6;
}

function pairs(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf("=");
      return equals < 0 ? [value, ""] : [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}

function secret(value: string): Json {
  const [name = "", ...options] = value.split(",");
  const given = pairs(options);
  const number = (key: string, radix: number, usual: string) => Number.parseInt(given[key] ?? usual, radix);
  return {
    Name: name,
    UID: number("uid", 10, "0"),
    GID: number("gid", 10, "0"),
    Mode: number("mode", 8, "444"),
  };
}

function entrypoint(call: PodmanCall): Json {
  const text = lastOf(call.flags, "entrypoint");
  if (text === undefined) return null;
  return text.startsWith("[") ? (JSON.parse(text) as Json) : [text];
}

function healthcheck(call: PodmanCall): Json {
  const command = lastOf(call.flags, "health-cmd");
  if (command === undefined || command === "none") return command === undefined ? null : { Test: ["NONE"] };
  const nanoseconds = (flag: string, fallback: string) => milliseconds(call, flag, fallback) * 1e6;
  return {
    Test: ["CMD-SHELL", command],
    Interval: nanoseconds("health-interval", "30s"),
    Timeout: nanoseconds("health-timeout", "30s"),
    StartPeriod: nanoseconds("health-start-period", "0s"),
    Retries: Number(lastOf(call.flags, "health-retries") ?? 3),
  };
}

function hostConfig(call: PodmanCall): Json {
  const size = (flag: string) => parseSize(lastOf(call.flags, flag) ?? "0") ?? 0;
  return {
    Memory: size("memory"),
    MemoryReservation: size("memory-reservation"),
    MemorySwap: size("memory") * 2,
    NanoCpus: Number(lastOf(call.flags, "cpus") ?? 0) * 1e9,
    PidsLimit: Number(lastOf(call.flags, "pids-limit") ?? 2048),
    NetworkMode: allOf(call.flags, "network")[0] ?? "pasta",
    PortBindings: portBindings(call),
    Devices: [],
    GroupAdd: allOf(call.flags, "group-add"),
    ReadonlyRootfs: lastOf(call.flags, "read-only") === "true",
    Init: lastOf(call.flags, "init") === "true" || call.flags.has("init"),
    Privileged: lastOf(call.flags, "privileged") === "true",
    SecurityOpt: allOf(call.flags, "security-opt"),
    Tmpfs: tmpfs(call),
    Ulimits: ulimits(call),
  };
}

function tmpfs(call: PodmanCall): Json {
  const split = (value: string) => [
    value.split(":")[0] ?? "",
    `${value.split(":")[1] ?? "rw"},rprivate,nosuid,nodev,tmpcopyup`,
  ];
  return Object.fromEntries(allOf(call.flags, "tmpfs").map(split));
}

function ulimits(call: PodmanCall): Json {
  return allOf(call.flags, "ulimit").map((value) => {
    const [name = "", soft = "", hard = soft] = value.split(/[=:]/);
    return { Name: `RLIMIT_${name.toUpperCase()}`, Soft: Number(soft), Hard: Number(hard) };
  });
}

function portBindings(call: PodmanCall): Json {
  const bindings: Record<string, Json[]> = {};
  for (const value of allOf(call.flags, "publish")) {
    const [mapping = "", protocol = "tcp"] = value.split("/");
    const parts = mapping.split(":");
    const [container = "", host = "20000", address = ""] = parts.reverse();
    const key = `${container}/${protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: address, HostPort: host }];
  }
  return bindings;
}

function mounts(call: PodmanCall): Json {
  return allOf(call.flags, "volume").map((value) => {
    const [source = "", destination = "", options = ""] = value.split(":");
    const common = {
      Destination: destination,
      RW: !options.split(",").includes("ro"),
      Propagation: /\br?(shared|slave|private)\b/.exec(options)?.[0] ?? "rprivate",
    };
    return source.startsWith("/")
      ? { Type: "bind", Source: source, ...common }
      : { Type: "volume", Name: source, Source: `/volumes/${source}/_data`, ...common };
  });
}

function networkSettings(call: PodmanCall, { id, networkIds }: Situation): Json {
  const attachments = allOf(call.flags, "network").flatMap((value) => {
    const [name = "", options = ""] = value.split(":");
    const networkId = networkIds.get(name);
    if (networkId === undefined) return [];
    const given = (key: string) =>
      options
        .split(",")
        .filter((option) => option.startsWith(`${key}=`))
        .map((option) => option.slice(key.length + 1));
    const aliases = [...given("alias"), ...allOf(call.flags, "network-alias"), id.slice(0, 12)];
    const settings = { NetworkID: networkId, IPAddress: given("ip")[0] ?? "10.88.0.9", Aliases: aliases };
    return [[name, settings] as const];
  });
  return Object.fromEntries(attachments);
}

function capabilities(call: PodmanCall): Json {
  const full = (name: string) => `CAP_${name.toUpperCase().replace(/^CAP_/, "")}`;
  const dropped = new Set(allOf(call.flags, "cap-drop").map(full));
  const kept = dropped.has("CAP_ALL")
    ? []
    : CAPABILITIES.split(" ")
        .map(full)
        .filter((name) => !dropped.has(name));
  return [...new Set([...kept, ...allOf(call.flags, "cap-add").map(full)])];
}
