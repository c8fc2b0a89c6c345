import { createHash } from "node:crypto";
import type { HostFacts, ProbeAnswer, ProbeRequest } from "../../../src/model/host.ts";
import type { Json } from "../../../src/model/live.ts";
import { FACTS } from "../health-host.ts";
import { MemoryFiles } from "../memory-files.ts";
import { VirtualClock } from "./clock.ts";
import type { FakeContainer } from "./container.ts";

/** What a service does when it is started; the key is a service's or an image's name. */
export type Behaviour =
  | { readonly kind: "healthy"; readonly afterMs: number }
  /** The container runs and its check never passes. */
  | { readonly kind: "unhealthy" }
  /** The container ends at once. */
  | { readonly kind: "exits" }
  /** The image cannot be pulled. */
  | { readonly kind: "no-image" };

/** What systemd remembers of a service that it has started. */
export interface Run {
  active: "inactive" | "activating" | "active" | "deactivating" | "failed";
  sub: string;
  result: string;
  invocation: number;
  restarts: number;
  /** When its last start began, when it was up for the last time, and when it went down, on the monotonic clock. */
  startedMs?: number;
  activeMs?: number;
  inactiveMs?: number;
}

/** Everything on the host that lasts longer than one process of quadgate. Plain data, so that it can be copied. */
interface Contents {
  /** Generated text by service. */
  loaded: Map<string, string>;
  runs: Map<string, Run>;
  masked: Set<string>;
  /** Service to the loaded timers, sockets and paths that start it. */
  triggers: Map<string, readonly string[]>;
  /** Bytes of memory by the drop-in of `systemctl set-property` that systemd has loaded. */
  controls: Map<string, number>;
  /** Failed units that are not quadgate's, such as podman's transient ones. */
  foreign: Set<string>;
  containers: FakeContainer[];
  networks: Map<string, { readonly [key: string]: Json }>;
  volumes: Map<string, { readonly [key: string]: Json }>;
  /** Pods that somebody has made by hand, by name; quadgate's own are none of this host's. */
  pods: Map<string, { readonly [key: string]: Json }>;
  /** Image reference to id. */
  images: Map<string, string>;
  behaviours: Map<string, Behaviour>;
  /** Names of podman secrets. */
  secrets: Set<string>;
  /** Folders that containers mount, by path. */
  folders: Map<string, { mode: string; owner: string; nocow: boolean; empty: boolean }>;
  /** Things that were made so far; gives ids. */
  count: number;
}

const START = Date.parse("2026-01-01T12:00:00Z");

/** A machine: files, systemd, podman, time and locks. */
export class World {
  readonly facts: HostFacts;
  readonly clock: VirtualClock;
  readonly files: MemoryFiles;
  readonly contents: Contents;
  /** Lock file to the connection that holds it. */
  readonly locks = new Map<string, object>();
  /** Files that were removed and had been there. */
  readonly removed: string[] = [];
  /** Commands that were run in containers: `db: sh -c pg_dump`. */
  readonly executed: string[] = [];
  /** Commands, by their last word, that fail in every container. */
  readonly failingCommands = new Set<string>();
  /** What containers have written, by name. */
  readonly logs = new Map<string, string>();
  /** Who answers whom: nobody, until a test says otherwise. */
  probe: (request: ProbeRequest, pid?: number) => ProbeAnswer = () => ({
    kind: "silence",
    code: "ECONNREFUSED",
    message: "connection refused",
  });
  healthScore: number;
  readonly #jobs = new Set<Promise<unknown>>();

  constructor(from?: World, facts: HostFacts = FACTS) {
    this.facts = from?.facts ?? facts;
    this.healthScore = from?.healthScore ?? 100;
    this.clock = new VirtualClock(from?.clock.ms ?? START);
    this.files = new MemoryFiles(() => this.clock.ms);
    this.contents = from === undefined ? empty() : structuredClone(from.contents);
    for (const [path, file] of from?.files.files ?? []) this.files.files.set(path, file);
    for (const [path, mode] of from?.files.folders ?? []) this.files.folders.set(path, mode);
    this.files.beforeChange = (operation, path) => {
      const hit = (name: string) => name === path || name.startsWith(`${path}/`);
      if (operation === "remove") this.removed.push(...[...this.files.files.keys()].filter(hit));
    };
  }

  /** A copy that lives on by itself. Nothing may be under way. */
  fork(): World {
    if (this.#jobs.size > 0) throw new Error("a job is under way");
    return new World(this);
  }

  /** Something that systemd goes on with by itself. */
  background(job: Promise<unknown>): void {
    const settled = job.catch(() => undefined);
    this.#jobs.add(settled);
    void settled.then(() => this.#jobs.delete(settled));
  }

  /** Waits until systemd has nothing left to do. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all(this.#jobs);
  }

  /** 64 hexadecimal digits that nothing else has. */
  newId(): string {
    this.contents.count += 1;
    return createHash("sha256").update(`object ${this.contents.count}`).digest("hex");
  }

  /** `systemctl --user set-property SERVICE MemoryMax=BYTES`: a drop-in, in force at once. Gives its path. */
  setMemoryMax(service: string, bytes: number): string {
    const path = `${this.facts.home}/.config/systemd/user.control/${service}.d/50-MemoryMax.conf`;
    this.files.put(path, `[Service]\nMemoryMax=${bytes}\n`);
    this.contents.controls.set(path, bytes);
    return path;
  }

  behaviourOf(service: string, image: string): Behaviour {
    const { behaviours } = this.contents;
    return behaviours.get(service) ?? behaviours.get(image) ?? { kind: "healthy", afterMs: 300 };
  }

  runOf(service: string): Run {
    const known = this.contents.runs.get(service);
    if (known) return known;
    const run: Run = { active: "inactive", sub: "dead", result: "success", invocation: 0, restarts: 0 };
    this.contents.runs.set(service, run);
    return run;
  }

  containerNamed(name: string): FakeContainer | undefined {
    return this.contents.containers.find((container) => container.name === name);
  }

  removeContainer(container: FakeContainer): void {
    this.contents.containers = this.contents.containers.filter(({ id }) => id !== container.id);
  }
}

function empty(): Contents {
  return {
    loaded: new Map(),
    runs: new Map(),
    masked: new Set(),
    triggers: new Map(),
    controls: new Map(),
    foreign: new Set(),
    containers: [],
    networks: new Map([["podman", { name: "podman", id: "0".repeat(64), driver: "bridge" }]]),
    volumes: new Map(),
    pods: new Map(),
    images: new Map(),
    behaviours: new Map(),
    secrets: new Set(),
    folders: new Map(),
    count: 0,
  };
}
