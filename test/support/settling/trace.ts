import type { Fact } from "../../property/settling-model.ts";
import type { World } from "../fake-host/index.ts";

/** What people did to a service, as systemd and podman saw it. */
export interface Act {
  readonly at: number;
  readonly service: string;
  readonly kind: string;
  /** Of what neither systemd nor podman says: its place among what they say. */
  readonly order?: number;
}

/** A text from when it was first started, and what truly happened to it since. */
export interface Stretch {
  readonly version: string;
  readonly at: number;
  readonly facts: Fact[];
}

/** What systemd or podman said, in one order. */
interface Entry {
  readonly at: number;
  readonly order: number;
  /** systemd's word, or podman's; `healthy` and `unhealthy` for checks. */
  readonly said: string;
  readonly text: string;
  readonly result: string;
  /** Of the end of a container that ended by itself. */
  readonly exitStatus?: number;
}

/** The texts of a service in the order in which they were started, with what truly happened to each. */
export function stretchesOf(world: World, service: string, acts: readonly Act[]): readonly Stretch[] {
  // A stop takes along what depends on the service.
  const reader = new Reader(acts.filter((act) => act.service === service || act.kind === "stop"));
  const told = acts.flatMap(({ at, kind, order }) =>
    order === undefined ? [] : [{ at, order, said: kind, text: "", result: "" }],
  );
  // Of the same place, an act came first.
  const all = [...told, ...entriesOf(world, service)].sort((one, other) => one.order - other.order);
  for (const entry of all) reader.read(entry);
  return reader.stretches;
}

function entriesOf({ contents }: World, service: string): readonly Entry[] {
  const journal = contents.journal
    .filter((entry) => entry.service === service || entry.service === "")
    .map(({ kind, truth, result = "" }) => ({ ...truth, said: kind, result }));
  const events = contents.events
    .filter((event) => event.service === service)
    .map(({ status, health, truth: { isProbe, ...truth } }) => ({
      ...truth,
      said: saidBy(status, health, isProbe),
      text: "",
      result: "",
    }));
  return [...journal, ...events];
}

/** A container that only a probe of quadgate's own calls unhealthy is well. */
function saidBy(status: string, health: string | undefined, isProbe: boolean): string {
  if (health === undefined) return status;
  return isProbe && health === "unhealthy" ? "probed" : health === "starting" ? "not yet healthy" : health;
}

class Reader {
  readonly stretches: Stretch[] = [];
  readonly #acts: readonly Act[];
  #isUp = false;
  #isHealthy = false;
  #stoppingAt = -1;
  #bootedAt = -1;
  #restart = "no";

  constructor(acts: readonly Act[]) {
    this.#acts = acts;
  }

  read(entry: Entry): void {
    if (entry.text !== "") this.#restart = /^Restart=(\S+)/m.exec(entry.text)?.[1] ?? "no";
    this.#says[entry.said]?.(entry);
  }

  readonly #says: Readonly<Record<string, (entry: Entry) => void>> = {
    starting: (entry) => this.#begin(entry),
    "start-failed": (entry) => {
      this.#begin(entry);
      // What a person did through podman also makes a start fail that is under way.
      this.#add(entry.at, entry.result === "dependency" ? "anew" : (this.#byPodman(entry.at) ?? "end"));
    },
    started: ({ at, text }) => {
      this.#isUp = true;
      if (this.#isHealthy || !text.includes("--health-cmd")) this.#add(at, "good");
    },
    stopping: ({ at }) => {
      this.#stoppingAt = at;
    },
    // While it waits for its automatic restart there is no container that dies of the stop.
    stopped: ({ at }) => {
      if (!this.#isUp && this.#was(at, "stop")) this.#add(at, "down");
    },
    "manager-started": ({ at }) => this.#boot(at),
    create: () => {
      this.#isHealthy = false;
    },
    healthy: ({ at }) => {
      if (!this.#isHealthy && this.#isUp) this.#add(at, "good");
      this.#isHealthy = true;
    },
    // Before its good start it has until the deadline: probes may have used up its retries.
    unhealthy: ({ at }) => {
      if (this.#isHealthy) this.#add(at, "end");
    },
    suspended: ({ at }) => this.#add(at, "suspended"),
    resumed: ({ at }) => this.#add(at, "resumed"),
    // systemd gives up after so many starts.
    failed: ({ at, result }) => {
      if (result === "start-limit-hit") this.#add(at, "end", true);
    },
    died: ({ at, exitStatus }) => {
      // A program that ends before the service is up has failed, whatever its status.
      const isSuccess = exitStatus === 0 && this.#isUp;
      this.#add(at, this.#causeOf(at), this.#restart !== "always" && isSuccess);
      this.#isUp = false;
    },
  };

  /** It was down from when the power went. */
  #boot(at: number): void {
    const off = this.#acts.findLast((act) => act.kind === "boot" && act.at <= at && act.at > this.#bootedAt);
    if (off !== undefined) this.#add(off.at, "off");
    this.#bootedAt = at;
    this.#add(at, "boot");
  }

  #begin({ at, text }: Entry): void {
    const version = /\bV=([\w.-]+)/.exec(text)?.[1];
    if (version === undefined || this.stretches.at(-1)?.version === version) return;
    this.stretches.push({ version, at, facts: [] });
  }

  #add(at: number, kind: Fact["kind"], isForGood = false): void {
    const isFinal = kind === "end" && (isForGood || this.#restart === "no");
    this.stretches.at(-1)?.facts.push({ at, kind, ...(isFinal ? { isFinal } : {}) });
  }

  /** Why a container died. */
  #causeOf(at: number): Fact["kind"] {
    if (this.#stoppingAt === at) return this.#was(at, "stop") ? "down" : "anew";
    return this.#byPodman(at) ?? "end";
  }

  /** What `podman kill` or `podman restart` comes to, if somebody ran one then. */
  #byPodman(at: number): Fact["kind"] | undefined {
    if (this.#was(at, "podmanKill")) return this.#restart === "no" ? "down" : "anew";
    if (this.#was(at, "podmanRestart")) return this.#restart === "always" ? "anew" : "down";
    return undefined;
  }

  #was(at: number, kind: string): boolean {
    return this.#acts.some((act) => act.at === at && act.kind === kind);
  }
}
