import { readDesiredState, readRepositorySettings } from "../manifest/index.ts";
import type { InstanceDescription } from "../model/described.ts";
import type { DesiredState } from "../model/desired-state.ts";
import type { Host } from "../model/host.ts";
import type { MountRule, Requirements } from "../model/host-requirements.ts";
import {
  type HooksSpec,
  type Instance,
  type InstanceGate,
  type InstancePolicy,
  NO_POLICY,
} from "../model/instance.ts";
import { EMPTY_INVENTORY, type Inventory } from "../model/inventory.ts";
import { type Issue, instancesOf } from "../model/issue.ts";
import { isPlain, unitPath } from "../model/plain-unit.ts";
import { provingOf } from "../model/proving.ts";
import type { Settings } from "../model/settings-schema.ts";
import { defaultGates, mergeWithRepository } from "../model/strictest.ts";
import type { JudgingRules } from "../model/text-in-force.ts";
import type { Tree } from "../model/tree.ts";
import type { Unit } from "../model/unit.ts";
import { conflicts, shorterProbations, type UnitNeeds, unitNeeds, warnings } from "../prerequisites/index.ts";
import type { Generated } from "../quadlet/generated.ts";
import { withoutPlainUnits } from "../quadlet/plain-units.ts";
import {
  type Deployed,
  explainGenerator,
  isPlacedByHost,
  type RenderContext,
  renderUnits,
} from "../render/index.ts";
import { type Context, step } from "./context.ts";
import { generateUnits } from "./generate.ts";
import { refuseOwnFolders } from "./protected-paths.ts";

/** What a commit asks of this host, checked as far as possible without looking at the host. */
export interface RenderedState {
  readonly revision: string | null;
  readonly settings: Settings;
  /** What the settings ask of the gate for every instance. */
  readonly gates: readonly InstanceGate[];
  readonly state: DesiredState;
  /** Units of instances without errors. */
  readonly units: readonly Unit[];
  /** What podman's generator makes of `units`. */
  readonly generated: Generated;
  /** How to treat the mounts of containers, and what patterns ask of the host. */
  readonly mounts: readonly MountRule[];
  readonly requirements: readonly Requirements[];
  /** The podman that it was rendered for. */
  readonly podmanVersion: string;
  /** Descriptions for people of the instances of patterns, by name. */
  readonly described: ReadonlyMap<string, InstanceDescription>;
  readonly issues: readonly Issue[];
  /** Issues that keep nothing from being deployed. */
  readonly warnings: readonly Issue[];
  /**
   * False if the repository's settings or folders cannot be read. The intent is then unknown, so quadgate
   * touches nothing.
   */
  readonly trusted: boolean;
  /** Instances that have errors; quadgate leaves them as they are. */
  readonly invalid: ReadonlySet<string>;
  /** Instances whose units are not those of git, but those that were in force before; absent: none. */
  readonly putBack?: ReadonlySet<string>;
}

/**
 * What podman's generator made, and the units that it was given. Only one of these can be missing from its
 * output.
 */
export interface GeneratorRun {
  readonly generated: Generated;
  readonly shown: readonly Unit[];
}

type GenerateUnits = (units: readonly Unit[]) => Promise<GeneratorRun>;

/**
 * Manifests to units, through podman's own generator. `generate` says how to run it; by default over all
 * units in a scratch folder. Bad input gives issues, never an exception.
 */
export async function readDesired(
  context: Context,
  tree: Tree,
  generate: GenerateUnits = async (units) => ({
    generated: await generateUnits(context.host, units),
    shown: units,
  }),
): Promise<RenderedState> {
  const repository = readRepositorySettings(tree, context.layers);
  const settings = mergeWithRepository(repository.settings, context.layers);
  const asked = context.host.podman.version();
  // Awaited below. Until then a rejection has no handler, and would end the process.
  asked.catch(() => undefined);
  const state = await step(context, "manifest", async () =>
    readDesiredState(tree, await context.shipped(), { host: context.host.facts.name }),
  );
  const { podmanVersion, rendered } = await renderState(context, state, settings, asked);
  const run = await step(context, "check", () => generate(rendered.units));
  const needs = unitNeeds(rendered.units, run.generated);
  const refused = await refusedUnits(context, rendered.units, run, needs);
  const invalid = new Set([...state.invalid, ...rendered.invalid, ...refused.flatMap(instancesOf)]);
  return {
    revision: tree.revision,
    settings,
    gates: defaultGates(repository.settings, context.layers),
    state,
    units: withoutShared(rendered.units.filter((unit) => !invalid.has(unit.instance))),
    generated: run.generated,
    mounts: rendered.mounts,
    requirements: rendered.requirements,
    podmanVersion,
    described: rendered.described,
    issues: [...repository.issues, ...state.issues, ...rendered.issues, ...refused],
    warnings: [...repository.warnings, ...warningsOf(state, settings, needs)],
    invalid,
    trusted: repository.issues.length === 0 && state.complete,
  };
}

function warningsOf(
  { instances, warnings: read = [] }: DesiredState,
  settings: Settings,
  needs: readonly UnitNeeds[],
): readonly Issue[] {
  return [...read, ...warnings(needs), ...shorterProbations(instances, settings)];
}

/** A file that several raw Quadlets name belongs to the first of their instances. */
function withoutShared(units: readonly Unit[]): readonly Unit[] {
  const taken = new Set<string>();
  return units.filter(({ name }) => !taken.has(name) && taken.add(name));
}

/** What is wrong with units that could be rendered. */
async function refusedUnits(
  { host }: Context,
  units: readonly Unit[],
  { generated, shown }: GeneratorRun,
  needs: readonly UnitNeeds[],
): Promise<readonly Issue[]> {
  const own = await refuseOwnFolders(host, units);
  return [
    ...explainGenerator(generated, shown),
    ...conflicts(needs),
    ...namesTwice(units, generated, host.facts),
    ...own,
  ];
}

/** Plain units whose name the service of a Quadlet has, or a unit that a pattern puts beside them. */
function namesTwice(
  units: readonly Unit[],
  generated: Generated,
  facts: Context["host"]["facts"],
): readonly Issue[] {
  const services = withoutPlainUnits(generated).services;
  const files = new Map(units.map(({ name, instance }) => [name, instance]));
  const other = (name: string) => {
    if (services.has(name)) return `podman's generator makes ${name} of a Quadlet in desired-state/`;
    const owner = files.get(unitPath(facts, name));
    return owner && `the instance ${owner} has a unit of the name ${name} too`;
  };
  return units
    .filter(({ name, kind }) => kind !== "dropin" && isPlain(name))
    .flatMap((unit) => ({ unit, message: other(unit.name) ?? "" }))
    .filter(({ message }) => message !== "")
    .map(({ unit: { instance, origin }, message }) => ({
      code: "name-taken",
      message,
      instance,
      place: origin,
      hint: "rename the unit, or write a drop-in for the Quadlet",
    }));
}

interface RenderStepResult {
  readonly podmanVersion: string;
  readonly rendered: ReturnType<typeof renderUnits>;
}

/** Renders the units for this host, and reports the time that routes took as a step of its own. */
async function renderState(
  context: Context,
  state: DesiredState,
  settings: Settings,
  asked: Promise<string>,
): Promise<RenderStepResult> {
  const routes = stopwatch(context);
  const rendered = await step(context, "render", async () => {
    const podmanVersion = await asked;
    const rendering = {
      ...renderContext(context.host.facts, settings, podmanVersion),
      deployed: isPlacedByHost(state) ? await deployedUnits(context) : new Map(),
      timeRoute: routes.time,
    };
    return { podmanVersion, rendered: renderUnits(state, rendering) };
  });
  context.emit({ type: "step-started", step: "route" });
  context.emit({ type: "step-finished", step: "route", durationMs: routes.totalMs() });
  return rendered;
}

/** Whoever needs the inventory for more reports what is wrong with it. */
async function deployedUnits({ state }: Context): Promise<Deployed> {
  const { units } = await state.readInventory().catch(() => EMPTY_INVENTORY);
  return new Map(Object.entries(units).map(([name, { instance }]) => [name, instance]));
}

/** Adds up the times of what happens within another step. */
function stopwatch({ host }: Context): { time: <T>(work: () => T) => T; totalMs: () => number } {
  let total = 0;
  const now = () => host.clock.ticks();
  return {
    time: (work) => {
      const began = now();
      const result = work();
      total += now() - began;
      return result;
    },
    totalMs: () => total,
  };
}

/** What rendering knows about this host. */
export function renderContext(
  { home, systemdDir, unitDir }: Host["facts"],
  { traefik, prometheus }: Settings,
  podmanVersion: string,
): RenderContext {
  return { traefik, prometheus, home, podmanVersion, systemdDir, unitDir };
}

/** The differences that people exclude from drift reports, by instance. */
export function ignoredDrift({
  state,
  settings,
}: Pick<RenderedState, "state" | "settings">): Readonly<Record<string, readonly string[]>> {
  const given = state.instances.map(
    ({ name, spec }) => [name, spec.ignoreDrift ?? settings.defaults.ignoreDrift ?? []] as const,
  );
  return Object.fromEntries(given.filter(([, paths]) => paths.length > 0));
}

/** The commands to run in an instance's container around its update, of the instances that have any. */
export function hooksOf(state: DesiredState): ReadonlyMap<string, HooksSpec> {
  const given = state.instances.map(({ name, spec }) => [name, spec.hooks] as const);
  return new Map(given.filter(([, hooks]) => hooks.beforeUpdate.length + hooks.afterUpdate.length > 0));
}

/** What the text of an instance is judged by. */
export function judgingRules({ settings: { verify }, state }: RenderedState, name: string): JudgingRules {
  const instance = state.instances.find((one) => one.name === name);
  const afterUpdate = instance?.spec.hooks.afterUpdate ?? [];
  return {
    timeoutMs: verify.timeout,
    ...provingOf(instance?.spec, verify),
    ...(afterUpdate.length > 0 ? { afterUpdate } : {}),
  };
}

/**
 * A copy of the state in which these instances have no hooks. Hooks save data before an update, and an
 * instance that did not become healthy has nothing to save.
 */
export function withoutHooks(state: DesiredState, names: ReadonlySet<string>): DesiredState {
  return { ...state, instances: state.instances.map((one) => (names.has(one.name) ? hookless(one) : one)) };
}

function hookless(instance: Instance): Instance {
  const { hooks } = NO_POLICY;
  return instance.kind === "raw"
    ? { ...instance, spec: { ...instance.spec, hooks } }
    : { ...instance, spec: { ...instance.spec, hooks } };
}

/** The instances that git suspends: `suspend: true`, or `Suspend=yes`. */
export function suspendedByManifest(state: DesiredState): ReadonlySet<string> {
  return instancesWhere(state, (spec) => spec.suspend);
}

/** The instances that git lets run on if it has them no more, and those that do so already. */
export function runningOn(
  state: DesiredState,
  { unpruned, orphaned, units }: Pick<Inventory, "unpruned" | "orphaned" | "units">,
): Pick<Inventory, "unpruned" | "orphaned"> {
  const read = new Set(state.instances.map(({ name }) => name));
  const owned = new Set(Object.values(units).map(({ instance }) => instance));
  const stays = (name: string) => !read.has(name) && !state.invalid.has(name) && owned.has(name);
  const unread = unpruned.filter((name) => state.invalid.has(name));
  return {
    unpruned: [...new Set([...instancesWhere(state, ({ prune }) => !prune), ...unread])].sort(),
    orphaned: [...new Set([...unpruned, ...orphaned].filter(stays))].sort(),
  };
}

/** The instances that a condition on their policy selects. */
export function instancesWhere(
  state: DesiredState,
  condition: (spec: InstancePolicy) => boolean,
): ReadonlySet<string> {
  return new Set(state.instances.filter(({ spec }) => condition(spec)).map(({ name }) => name));
}
