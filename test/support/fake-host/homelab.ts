import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { SyncEvent } from "../../../src/model/event.ts";
import type { Inventory } from "../../../src/model/inventory.ts";
import type { SettingsLayer } from "../../../src/model/settings-schema.ts";
import type { Context } from "../../../src/planning/context.ts";
import { openState } from "../../../src/state/index.ts";
import { reconcile, type SyncOptions, type SyncReport } from "../../../src/sync/reconcile.ts";
import { type Connection, connect, type FaultOptions, type TestRepository, type World } from "./index.ts";

const ROOT = join(import.meta.dirname, "../../..");

async function readFolder(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, folder).length + 1));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(ROOT, folder, path), "utf8")]));
}

/** What the package ships. */
export const SHIPPED = { patterns: await readFolder("patterns"), templates: await readFolder("templates") };

/** Of the patterns only the simplest one: every sync reads all that there are. */
const BACKEND = "reverse-proxy-backend.yaml";
export const ONE_PATTERN = {
  ...SHIPPED,
  patterns: new Map([[BACKEND, SHIPPED.patterns.get(BACKEND) ?? ""]]),
};

/** Settings of a host that homelab-intel watches over. */
function settingsFor(repository: TestRepository): SettingsLayer {
  return {
    repository: repository.path,
    health: { provider: "command", command: ["homelab-intel"] },
    // What random edits weigh is no concern of those who watch them converge.
    gate: { onHighRisk: "proceed" },
    verify: { timeout: "6s", stable: "1s" },
  };
}

/** quadgate on a machine: each sync is a process of its own. */
export interface Quadgate {
  readonly connection: Connection;
  readonly context: Context;
  readonly events: readonly SyncEvent[];
  sync(options?: Partial<SyncOptions>): Promise<SyncReport>;
}

export interface QuadgateOptions {
  readonly faults?: FaultOptions;
  readonly settings?: SettingsLayer;
  /** What the package ships; default: the simplest pattern alone. */
  readonly shipped?: typeof SHIPPED;
}

/** Starts a process of quadgate on a machine. */
export function quadgate(world: World, repository: TestRepository, options: QuadgateOptions = {}): Quadgate {
  const connection = connect(world, repository, options.faults);
  const events: SyncEvent[] = [];
  const layers = [settingsFor(repository), options.settings ?? {}];
  const emit = (event: SyncEvent) => void events.push(event);
  const context: Context = {
    host: connection.host,
    state: openState(connection.host),
    layers,
    shipped: async () => options.shipped ?? ONE_PATTERN,
    emit,
  };
  return {
    connection,
    context,
    events,
    sync: (more) => reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0, ...more }),
  };
}

/** One sync by a process of its own. */
export function sync(
  world: World,
  repository: TestRepository,
  options?: Partial<SyncOptions>,
): Promise<SyncReport> {
  return quadgate(world, repository).sync(options);
}

export function inventoryOf(world: World): Promise<Inventory> {
  return openState(world).readInventory();
}
