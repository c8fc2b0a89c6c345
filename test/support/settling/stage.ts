import type { SettingsLayer } from "../../../src/model/settings-schema.ts";
import { openState } from "../../../src/state/index.ts";
import type { SyncReport } from "../../../src/sync/reconcile.ts";
import { inventoryOf, type Quadgate, quadgate } from "../fake-host/homelab.ts";
import { type Behaviour, people, TestRepository, World } from "../fake-host/index.ts";
import type { Act } from "./trace.ts";

/** What a text's program does, and how its unit is written. Its name says all of it. */
export interface Version {
  readonly kind: keyof typeof KINDS;
  readonly restart: "no" | "on-failure" | "always";
  readonly check: "none" | "plain" | "kill" | "notify";
  /** Tells texts apart that are otherwise equal. */
  readonly n: number;
  /** Seconds that systemd waits before it starts the service again. */
  readonly restartSec?: number | undefined;
}

export const KINDS = {
  ok: { kind: "healthy", afterMs: 500 },
  ends1: { kind: "ends", afterMs: 1_000, status: 3 },
  ends5: { kind: "ends", afterMs: 5_000, status: 1 },
  ends0: { kind: "ends", afterMs: 7_000, status: 0 },
  ends25: { kind: "ends", afterMs: 25_000, status: 1 },
  ends50: { kind: "ends", afterMs: 50_000, status: 0 },
  sick5: { kind: "sick", afterMs: 5_000 },
  sick30: { kind: "sick", afterMs: 30_000 },
  never: { kind: "unhealthy" },
  exits: { kind: "exits" },
} as const satisfies Readonly<Record<string, Behaviour>>;

export const nameOf = ({ kind, restart, check, n, restartSec }: Version) =>
  `${kind}.${restart}.${check}.${n}${restartSec === undefined ? "" : `.${restartSec}s`}`;

const CHECK = "HealthCmd=true\nHealthInterval=2s\nHealthRetries=2\n";
const CHECKS: Readonly<Record<Version["check"], string>> = {
  none: "",
  plain: CHECK,
  kill: `${CHECK}HealthOnFailure=kill\n`,
  notify: `${CHECK}Notify=healthy\n`,
};

export interface UnitOptions {
  /** More lines of `[Unit]`. */
  readonly unit?: string;
  readonly comment?: string;
}

/** The text of a container's unit. */
function unitText(instance: string, version: Version, { unit = "", comment = "" }: UnitOptions = {}) {
  return `# ${comment}
[Unit]
Description=${instance} ${comment}
${unit}
[Container]
Image=docker.io/library/${instance}:${nameOf(version)}
ContainerName=${instance}
Environment=V=${nameOf(version)}
Volume=${instance}-data:/data
${CHECKS[version.check]}
[Service]
Restart=${version.restart}
${version.restartSec === undefined ? "" : `RestartSec=${version.restartSec}`}
TimeoutStartSec=20

[Install]
WantedBy=default.target
`;
}

export const TIMING = { stableMs: 10_000, probationMs: 60_000, deadlineMs: 20_000 };
const SETTINGS: SettingsLayer = { verify: { timeout: "20s", stable: "10s", probation: "60s" } };

export type ActKind = Exclude<keyof typeof people, "end">;

/** A machine, a repository, and everything that people did there. */
export class Stage {
  readonly world = new World();
  readonly repository = new TestRepository();
  readonly acts: Act[] = [];

  constructor() {
    this.world.paceMs = 20;
  }
  #files: Readonly<Record<string, string>> = {};

  /** Makes a commit that gives files of desired-state/ these contents; undefined: the file goes. */
  commit(files: Readonly<Record<string, string | undefined>>): string {
    const all = Object.entries({ ...this.#files, ...files });
    this.#files = Object.fromEntries(
      all.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
    );
    return this.repository.commit(
      Object.fromEntries(Object.entries(this.#files).map(([name, text]) => [`desired-state/${name}`, text])),
    );
  }

  /** Makes a commit that gives an instance a text, and says how that behaves. */
  deploy(instance: string, version: Version, options?: UnitOptions): string {
    const image = `docker.io/library/${instance}:${nameOf(version)}`;
    this.world.contents.behaviours.set(image, KINDS[version.kind]);
    return this.commit({ [`${instance}.container`]: unitText(instance, version, options) });
  }

  quadgate(settings: SettingsLayer = {}): Quadgate {
    return quadgate(this.world, this.repository, {
      settings: { ...SETTINGS, ...settings },
    });
  }

  /** One sync by a process of its own, as the daemon makes them. */
  sync(options: Parameters<Quadgate["sync"]>[0] = {}, settings?: SettingsLayer): Promise<SyncReport> {
    return this.quadgate(settings).sync({
      attended: false,
      allowPrune: true,
      lockWaitMs: 60_000,
      ...options,
    });
  }

  /** Somebody does something now. */
  act(kind: ActKind, instance: string): void {
    const service = `${instance}.service`;
    this.acts.push({ at: this.world.clock.steady, service, kind });
    people[kind](this.world, service);
  }

  /** Somebody suspends an instance, or resumes it. */
  async suspend(instance: string, isOn = true): Promise<void> {
    const state = openState(this.world);
    const since = this.world.clock.now().toISOString();
    if (isOn) await state.writeSuspension(instance, { since, until: null, reason: "test" });
    else await state.removeSuspension(instance);
    const { clock, contents } = this.world;
    const order = contents.journal.length + contents.events.length;
    const kind = isOn ? "suspended" : "resumed";
    this.acts.push({ at: clock.steady, service: `${instance}.service`, kind, order });
  }

  /** Somebody does something in so many milliseconds. */
  actIn(ms: number, kind: ActKind, instance: string): void {
    this.world.in(ms, () => this.act(kind, instance));
  }

  pass(ms: number): Promise<void> {
    return this.world.clock.sleep(ms);
  }

  /** Syncs now and then for a time, as a daemon does. */
  async daemon(ms: number, everyMs = 10_000): Promise<SyncReport | undefined> {
    const end = this.world.clock.steady + ms;
    let last: SyncReport | undefined;
    while (this.world.clock.steady < end) {
      await this.pass(Math.min(everyMs, end - this.world.clock.steady));
      last = await this.sync();
    }
    return last;
  }

  inventory() {
    return inventoryOf(this.world);
  }

  /** The version of the unit file that is there; undefined: none. */
  inForce(instance: string): string | undefined {
    const file = this.world.files.files.get(`${this.world.facts.unitDir}/${instance}.container`);
    return file === undefined ? undefined : /^Environment=V=(\S+)/m.exec(file.content)?.[1];
  }

  /** The version that runs; undefined: it is down. */
  running(instance: string): string | undefined {
    const container = this.world.containerNamed(instance);
    if (container?.status !== "running") return undefined;
    return /V=([\w.-]+)/.exec(JSON.stringify(container.inspect.Config))?.[1];
  }

  end(): void {
    this.repository.remove();
  }
}
