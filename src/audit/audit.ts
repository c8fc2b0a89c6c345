import { type BegunUnit, driftQuestion } from "../drift/index.ts";
import type { DriftReport, InstanceDrift, Suggestion, UnitDrift } from "../model/drift.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { SuspendedInstance } from "../model/suspension.ts";
import type { Tree } from "../model/tree.ts";
import type { Unit } from "../model/unit.ts";
import { observe } from "../observe/live.ts";
import { type Context, step } from "../planning/context.ts";
import type { GeneratorRun } from "../planning/desired.ts";
import { explainedDrift } from "../planning/explained-drift.ts";
import { generateFrom } from "../planning/generate.ts";
import { requireKnown } from "../planning/known-instances.ts";
import { type Generated, parseGenerated } from "../quadlet/generated.ts";
import { loadedTexts, withPlainUnits } from "../quadlet/plain-units.ts";
import { type KnownHead, readKnownHead, readWorkingTree } from "../source/index.ts";
import { explainUnloaded } from "./explain-not-loaded.ts";
import { readSuspended } from "./suspended.ts";

export interface AuditOptions {
  readonly only: ReadonlySet<string> | undefined;
  /** Compare with the branch's head instead of what was applied. */
  readonly head: boolean;
  readonly workingTree: string | undefined;
}

interface Reference {
  readonly revision: string | null;
  readonly units: readonly Unit[];
  readonly generated: Generated;
  readonly ignore: ReadonlyMap<string, readonly string[]>;
  readonly issues: readonly Issue[];
  readonly asFetched: boolean;
}

export interface AuditResult {
  readonly report: DriftReport;
  readonly issues: readonly Issue[];
  /** Whether the reference is the branch's head as last fetched, so that there may be a newer one. */
  readonly asFetched: boolean;
}

/** Compares the live state with what was applied. Writes nothing anywhere. */
export async function audit(context: Context, options: AuditOptions): Promise<AuditResult> {
  const { host } = context;
  const { only } = options;
  const inventory = context.state.readInventory();
  const wanted = findWanted(context, options, inventory);
  const question = wanted.then(({ reference: { generated }, units }) => ({
    ...driftQuestion(units, generated),
    known: [...generated.services.keys()],
  }));
  const likely = inventory.then((known) => servicesOf(known, only));
  const live = await step(context, "observe", () => observe(host, question, likely));
  const { reference, units } = await wanted;
  const [before, after] = [await inventory, await context.state.readInventory()];
  // A sync has ended meanwhile, so something else is applied now.
  if (after.generation !== before.generation) return audit(context, options);
  const input = {
    revision: reference.revision,
    host: host.facts.name,
    observedAt: live.observedAt,
    units,
    // Which lines systemd ignores is not asked here: systemd reads units only from files.
    generated: reference.generated,
    live,
    loaded: loadedTexts(live, host.facts),
    facts: host.facts,
    ignore: reference.ignore,
    pending: pendingIn(before, after),
    declared: reference.units.map(({ name }) => name),
    only,
  };
  const report = await explainedDrift(input, () => host.quadlet.generateAsItIs());
  const { issues, asFetched } = reference;
  const explained = await explainUnloaded(host, report);
  return { report: forReaders(markSuspended(explained, await readSuspended(context))), issues, asFetched };
}

/**
 * The reference, and those of its units that the audit is about. Throws `bad-usage` for an unknown instance.
 */
async function findWanted(
  context: Context,
  options: AuditOptions,
  inventory: Promise<Inventory>,
): Promise<{ reference: Reference; units: readonly Unit[] }> {
  const { only } = options;
  const reference = await step(context, "source", async () =>
    findReference(context, options, await inventory),
  );
  const { units } = reference;
  const names = units.map((unit) => unit.instance);
  requireKnown(only, names);
  return { reference, units: only === undefined ? units : units.filter((unit) => only.has(unit.instance)) };
}

/** Leaves out the kinds of findings and suggestions, which only quadgate uses. Reports have their texts. */
function forReaders(report: DriftReport<Suggestion>): DriftReport {
  const instances = report.instances.map((instance) => ({
    ...instance,
    units: instance.units.map((unit) => ({
      ...unit,
      fields: unit.fields.map(({ kinds: _kinds, ...field }) => field),
      suggestions: unit.suggestions.map(({ text }) => text),
    })),
  }));
  return { ...report, instances };
}

/** The units that a sync was working on during the observation. It may have begun or ended meanwhile. */
function pendingIn(before: Inventory, after: Inventory): ReadonlyMap<string, BegunUnit> {
  const units = [before, after].flatMap((inventory) => Object.entries(inventory.units));
  const failed = after.due;
  const begun = units.filter(([, { pending }]) => pending !== undefined);
  return new Map(begun.map(([name, one]) => [name, { ...one, putBack: failed.includes(one.instance) }]));
}

/** Marks suspended instances, which no sync repairs. */
function markSuspended(
  report: DriftReport<Suggestion>,
  suspended: readonly SuspendedInstance[],
): DriftReport<Suggestion> {
  const byName = new Map(suspended.map(({ instance, ...how }) => [instance, how]));
  const instances = report.instances.map((one) => {
    const how = byName.get(one.instance);
    return how === undefined
      ? one
      : { ...one, suspended: how, units: one.units.map((unit) => resuming(unit, one, how)) };
  });
  return { ...report, instances };
}

/**
 * Replaces the suggestion to sync by the one to resume. If the manifest suspends the instance, no command
 * helps, so the suggestion is dropped.
 */
function resuming(
  unit: UnitDrift<Suggestion>,
  { instance }: Pick<InstanceDrift, "instance">,
  { by }: Omit<SuspendedInstance, "instance">,
): UnitDrift<Suggestion> {
  const resume: Suggestion = { kind: "resume", text: `quadgate resume ${instance}` };
  const instead = by === "host" ? [resume] : [];
  const suggestions = unit.suggestions.flatMap((one) => (one.kind === "reconcile" ? instead : [one]));
  return { ...unit, suggestions };
}

function servicesOf(inventory: Inventory, only: AuditOptions["only"]): readonly string[] {
  const owned = Object.values(inventory.units).filter(({ instance }) => only?.has(instance) ?? true);
  return owned.flatMap(({ service }) => service ?? []);
}

async function findReference(
  context: Context,
  options: AuditOptions,
  inventory: Inventory,
): Promise<Reference> {
  const { host } = context;
  const { state } = context;
  if (options.head || options.workingTree !== undefined || inventory.generation === null) {
    return readHead(context, options.workingTree);
  }
  const stored = state.readGeneration(inventory.generation);
  const [units, generated] = await Promise.all([
    stored,
    generateFrom(host, state.generationFolder(inventory.generation), stored),
  ]);
  const ignore = new Map(Object.entries(inventory.ignoreDrift));
  return { revision: inventory.appliedRevision, units, generated, ignore, issues: [], asFetched: false };
}

/**
 * The head's units are not on disk as a set, and an audit may not write them. So podman's generator runs over
 * the unit directory, and its result counts for the units that have the same text there.
 */
async function readHead(context: Context, workingTree: string | undefined): Promise<Reference> {
  const { host } = context;
  // The audit of what was applied needs neither manifests nor templates, and is faster without loading them.
  const { ignoredDrift, readDesired } = await import("../planning/desired.ts");
  const tree: Tree & Partial<KnownHead> =
    workingTree === undefined
      ? await readKnownHead(host, mergeSettings(context.layers))
      : await readWorkingTree(host, workingTree);
  const desired = await readDesired(context, tree, (units) => generateInPlace(context, units));
  const ignore = new Map(Object.entries(ignoredDrift(desired)));
  return { ...desired, ignore, asFetched: tree.asFetched ?? false };
}

async function generateInPlace({ host }: Context, units: readonly Unit[]): Promise<GeneratorRun> {
  const output = await host.quadlet.generateFrom(host.facts.unitDir);
  const same = new Set<string>();
  for (const unit of units) {
    if ((await host.files.read(`${host.facts.unitDir}/${unit.name}`)) === unit.content) same.add(unit.name);
  }
  const services = new Map([...output.services].filter(([, row]) => same.has(row.unit)));
  // If the generator does not make a service here, the cause may be another file on the host. That is drift,
  // and not a mistake in git.
  const generated = parseGenerated({ ...output, services, messages: [] }, host.facts);
  return { generated: withPlainUnits(generated, units, host.facts), shown: [] };
}
