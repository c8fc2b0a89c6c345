import { createHash } from "node:crypto";
import type { HostFacts, ProbeAnswer, ProbeRequest } from "../../../src/model/host.ts";
import { FACTS } from "../health-host.ts";
import { MemoryFiles } from "../memory-files.ts";
import { VirtualClock } from "./clock.ts";
import type { FakeContainer } from "./container.ts";
import { type Behaviour, type Contents, emptyContents, type Run } from "./contents.ts";

export type { Behaviour, Run } from "./contents.ts";

/** No start that succeeds takes longer. */
const LONGEST_IDLE_MS = 120_000;
const START = Date.parse("2026-01-01T12:00:00Z");

/** What a machine consists of: files, systemd, podman, time and locks. */
export class World {
  facts: HostFacts;
  readonly clock: VirtualClock;
  readonly files: MemoryFiles;
  readonly contents: Contents;
  /** Lock file to the connection that holds it. */
  readonly locks = new Map<string, readonly { readonly holder: object; readonly shared: boolean }[]>();
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
  /** Milliseconds that systemd takes for each thing that it is asked to do. */
  paceMs = 0;
  /** Who waits for the end of a job, by its id. */
  readonly waiters = new Map<number, (error?: Error) => void>();
  /** What tests have planned: things that people and machines do at a steady time. */
  readonly agenda: { readonly at: number; readonly act: () => void }[] = [];
  /** Kills the processes of quadgate that work on this machine. */
  readonly processes = new Set<() => void>();

  constructor(from?: World, facts: HostFacts = FACTS) {
    this.facts = from?.facts ?? facts;
    this.healthScore = from?.healthScore ?? 100;
    this.clock = new VirtualClock(START, from?.clock);
    this.files = new MemoryFiles(() => this.clock.ms);
    this.contents = from === undefined ? emptyContents() : structuredClone(from.contents);
    for (const [path, file] of from?.files.files ?? []) this.files.files.set(path, file);
    for (const path of from?.files.links ?? []) this.files.links.add(path);
    for (const [path, mode] of from?.files.folders ?? []) this.files.folders.set(path, mode);
    this.files.beforeChange = (operation, path) => {
      const hit = (name: string) => name === path || name.startsWith(`${path}/`);
      if (operation === "remove") this.removed.push(...[...this.files.files.keys()].filter(hit));
    };
  }

  /** Waits until systemd has no job left to do; not for ever, as what never becomes healthy starts again. */
  async idle(): Promise<void> {
    const end = this.clock.steady + LONGEST_IDLE_MS;
    while (this.isBusy() && this.clock.steady < end) await this.clock.sleep(100);
  }

  /** Whether systemd has a job to do. */
  isBusy(): boolean {
    return [...this.contents.runs.values()].some(({ job }) => job !== undefined);
  }

  /** Plans something for so many milliseconds from now; it happens at that time, whoever waits for what then. */
  in(ms: number, act: () => void): void {
    this.agenda.push({ at: this.clock.steady + ms, act });
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

  /** What a service's next start does. */
  behaviourOf(service: string, image: string, imageId = ""): Behaviour {
    const { behaviours, nextStarts } = this.contents;
    return (
      nextStarts.get(service)?.shift() ??
      behaviours.get(service) ??
      behaviours.get(imageId) ??
      behaviours.get(image) ?? { kind: "healthy", afterMs: 300 }
    );
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
