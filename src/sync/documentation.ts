import { join } from "node:path";
import {
  type Document,
  type DocumentationInput,
  GUIDE_MARK,
  journalEntry,
  serviceGuide,
} from "../document/index.ts";
import { messageOf } from "../lib/error-message.ts";
import { NETWORKS_INSTANCE } from "../model/instance.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Json } from "../model/live.ts";
import { isBad, type Outcome, type Plan } from "../model/plan.ts";
import type { SyncRecord } from "../model/record.ts";
import { type Context, step } from "../planning/context.ts";
import type { RenderedState } from "../planning/desired.ts";

/** A sync that has ended. */
export interface SyncEnd {
  readonly desired: RenderedState;
  readonly plan: Plan;
  readonly record: SyncRecord;
  readonly inventory: Inventory;
  /** The sync was limited to these instances; absent: all. */
  readonly only: ReadonlySet<string> | undefined;
}

/**
 * Writes the guides of all services that are as git wants them, and a journal entry for each that this sync
 * changed. Returns the paths written, none without `docsDir`. Never throws: a failed write causes a warning.
 */
export async function writeDocumentation(context: Context, ended: SyncEnd): Promise<readonly string[]> {
  const { docsDir } = ended.desired.settings;
  if (docsDir === undefined || !ended.desired.trusted) return [];
  return step(context, "document", async () => {
    const folder = docsDir.replace(/^~(?=\/|$)/, context.host.facts.home);
    try {
      return await writeAll(context, folder, ended);
    } catch (error) {
      const why = messageOf(error);
      context.emit({ type: "warning", message: `the documentation could not be written: ${why}` });
      return [];
    }
  });
}

async function writeAll(context: Context, folder: string, ended: SyncEnd): Promise<readonly string[]> {
  const { host } = context;
  const { desired, plan, record } = ended;
  const containers = await host.podman.containers();
  const outcomesOf = (name: string) => record.outcomes.filter(({ instance }) => instance === name);
  const known = new Map(desired.state.instances.map((instance) => [instance.name, instance.place.file]));
  const { templates } = desired.state;
  const written: string[] = [];
  for (const [instance, file] of known) {
    if (!isVerified(instance, ended, outcomesOf(instance))) continue;
    const guide = serviceGuide(documentedOf(context, desired, { instance, file, containers }), templates);
    if (await update(context, folder, guide)) written.push(join(folder, guide.path));
  }
  for (const instance of new Set(record.outcomes.map((outcome) => outcome.instance))) {
    const done = outcomesOf(instance);
    if (!known.has(instance) && !isRemoval(instance, done)) continue;
    if (done.some(isBad)) continue;
    const documented = documentedOf(context, desired, {
      instance,
      file: known.get(instance) ?? "",
      containers,
    });
    const changes = plan.changes.filter((change) => change.instance === instance && change.action !== "none");
    const entry = journalEntry(documented, { record, changes, outcomes: done }, templates);
    written.push(await append(context, folder, entry));
  }
  await removeOldGuides(context, folder, ended);
  return written;
}

/** Whether an instance is as git wants it: the sync included it, and left nothing undone. */
function isVerified(
  instance: string,
  { desired, plan, only }: SyncEnd,
  outcomes: readonly Outcome[],
): boolean {
  if (desired.invalid.has(instance) || plan.leftAlone.has(instance)) return false;
  return (only === undefined || only.has(instance)) && !outcomes.some(isBad);
}

/** Shared networks do not belong to a service. */
function isRemoval(instance: string, outcomes: readonly Outcome[]): boolean {
  return instance !== NETWORKS_INSTANCE && outcomes.every(({ outcome }) => outcome === "deleted");
}

function documentedOf(
  { host }: Context,
  desired: RenderedState,
  given: { readonly instance: string; readonly file: string; readonly containers: readonly Json[] },
): DocumentationInput {
  return {
    ...given,
    rootless: host.facts.rootless,
    described: desired.described.get(given.instance),
    units: desired.units.filter((unit) => unit.instance === given.instance),
    services: new Map([...desired.generated.services.values()].map(({ unit, service }) => [unit, service])),
  };
}

/** Writes a guide unless it is up to date. Leaves a file alone that a person put there. */
async function update({ host, emit }: Context, folder: string, { path, text }: Document): Promise<boolean> {
  const target = join(folder, path);
  const present = await host.files.read(target);
  if (present === text) return false;
  if (present !== undefined && !present.startsWith(GUIDE_MARK)) {
    emit({ type: "warning", message: `quadgate did not write ${target}, so it leaves the file as it is` });
    return false;
  }
  await host.files.write(target, text);
  return true;
}

/** Puts a second deployment of the same revision on the same day below the first. */
async function append({ host }: Context, folder: string, { path, text }: Document): Promise<string> {
  const target = join(folder, path);
  const present = await host.files.read(target);
  await host.files.write(target, present === undefined ? text : `${present.trimEnd()}\n\n---\n\n${text}`);
  return target;
}

/**
 * Removes guides of services that git no longer wants and that are no longer on the host. Keeps the journal.
 */
async function removeOldGuides(
  { host }: Context,
  folder: string,
  { desired, inventory }: SyncEnd,
): Promise<void> {
  const kept = new Set([
    ...desired.state.instances.map(({ name }) => name),
    ...desired.invalid,
    ...Object.values(inventory.units).map(({ instance }) => instance),
  ]);
  for (const name of await host.files.list(join(folder, "services"))) {
    if (!name.endsWith(".md") || kept.has(name.slice(0, -".md".length))) continue;
    const path = join(folder, "services", name);
    if ((await host.files.read(path))?.startsWith(GUIDE_MARK)) await host.files.remove(path);
  }
}
