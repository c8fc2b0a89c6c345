import type { HappeningKind } from "../../../src/model/evidence.ts";
import type { Json } from "../../../src/model/live.ts";
import type { FakeContainer } from "./container.ts";

/** What a service does when it is started; the key is a service's, an image's or an image id's name. */
export type Behaviour =
  | { readonly kind: "healthy"; readonly afterMs: number }
  /** The container runs and its check never passes. */
  | { readonly kind: "unhealthy" }
  /** `podman run` fails at once. */
  | { readonly kind: "exits" }
  /** The image cannot be pulled. */
  | { readonly kind: "no-image" }
  /** The check passes at once; the program ends by itself with a status. */
  | { readonly kind: "ends"; readonly afterMs: number; readonly status: number }
  /** The check passes at once, and no longer once this time has passed. */
  | { readonly kind: "sick"; readonly afterMs: number };

/** What a start, a restart or a stop is asked of systemd for. */
interface Job {
  readonly id: number;
  readonly type: "start" | "restart";
  /** It waits for others to be started first. */
  waits: boolean;
}

/** What systemd remembers of a service. Times are steady ones. */
export interface Run {
  active: "inactive" | "activating" | "active" | "deactivating" | "failed";
  sub: string;
  result: string;
  /** Counts up with each start and each stop. */
  invocation: number;
  restarts: number;
  job?: Job | undefined;
  mainPid?: number;
  execStatus?: number | undefined;
  startedAt?: number | undefined;
  activeSince?: number | undefined;
  mainStartedAt?: number | undefined;
  inactiveSince?: number | undefined;
  /** When the start has lasted too long. */
  deadline?: number | undefined;
  /** When systemd starts it again by itself. */
  restartAt?: number | undefined;
  /** It is such a start, which began with the wait for it. */
  isAgain?: boolean;
  /** For its start limit. */
  starts?: readonly number[];
}

/** An entry of the journal. */
interface JournalEntry {
  readonly service: string;
  readonly kind: HappeningKind;
  readonly boot: string;
  readonly ms: number;
  readonly wallMs: number;
  readonly invocation: string;
  readonly job?: string;
  readonly result?: string;
  /** For tests alone: the steady time, the place among all entries and events, and the service's text then. */
  readonly truth: { readonly at: number; readonly order: number; readonly text: string };
}

/** One of podman's events. */
interface PodmanEvent {
  readonly service: string;
  readonly container: string;
  readonly status: string;
  readonly health?: string;
  readonly wallMs: number;
  /** For tests alone. */
  readonly truth: {
    readonly at: number;
    readonly order: number;
    readonly isProbe: boolean;
    readonly exitStatus?: number;
  };
}

/** Everything on the host that lasts longer than one process of quadgate. Plain data, so that it can be copied. */
export interface Contents {
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
  /** Pods by name: their `podman pod inspect`. */
  pods: Map<string, { readonly [key: string]: Json }>;
  /** Image reference to id. */
  images: Map<string, string>;
  /** Ids of images that no reference means any more. */
  untagged: Set<string>;
  /** What a pull gives: an image id by reference. A reference that is not named gives a new one. */
  registry: Map<string, string>;
  behaviours: Map<string, Behaviour>;
  /** By service: what the next starts do, instead of that. */
  nextStarts: Map<string, Behaviour[]>;
  journal: JournalEntry[];
  events: PodmanEvent[];
  /** Whether the journal and podman's events can be read. */
  readable: { journal: boolean; events: boolean };
  /** Names of podman secrets. */
  secrets: Set<string>;
  /** Folders that containers mount, by path. */
  folders: Map<string, { mode: string; owner: string; nocow: boolean; empty: boolean }>;
  /** Things that were made so far; gives ids. */
  count: number;
  jobs: number;
}

export function emptyContents(): Contents {
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
    untagged: new Set(),
    registry: new Map(),
    behaviours: new Map(),
    nextStarts: new Map(),
    journal: [],
    events: [],
    readable: { journal: true, events: true },
    secrets: new Set(),
    folders: new Map(),
    count: 0,
    jobs: 0,
  };
}
