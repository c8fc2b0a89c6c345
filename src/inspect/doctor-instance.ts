import type { CheckResult } from "../model/check.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Host } from "../model/host.ts";
import { instancesOf as concernedBy } from "../model/issue.ts";
import { formatPlace } from "../model/place.ts";
import type { Context } from "../planning/context.ts";
import { type RenderedState, readDesired } from "../planning/desired.ts";
import { examinePrerequisites } from "../planning/examine-prerequisites.ts";
import { readTree } from "../planning/head.ts";
import { CHECK_GRACE_MS, validateInstances } from "../planning/live-checks.ts";
import { observeOwned } from "../planning/observe-owned.ts";
import { PREREQUISITES, type Prerequisite, unitNeeds } from "../prerequisites/index.ts";
import { examine, type Finding } from "./doctor.ts";

/** The time after which a registry counts as unreachable. */
const REGISTRY_TIMEOUT_MS = 20_000;

/** Checks of the host that services of a rootless user depend on. */
const OF_THE_HOST = new Set(["lingering", "subuids", "subgids"]);

export interface InstanceFindings {
  readonly instance: string;
  readonly checks: readonly Finding[];
  /** The results of the pattern's checks; null if the instance is not deployed. */
  readonly validation: readonly CheckResult[] | null;
}

/**
 * Checks whether the host has what instances need, and whether deployed ones pass their patterns' checks.
 * `names` are instances and stacks. Runs every check, whatever the others find. Changes nothing but
 * quadgate's own clone. Throws `bad-usage` for an unknown name.
 */
export async function examineInstances(
  context: Context,
  names: readonly string[],
  workingTree: string | undefined,
): Promise<readonly InstanceFindings[]> {
  const { host } = context;
  const desired = await readDesired(context, await readTree(context, workingTree));
  const inventory = await context.state.readInventory();
  const [live, general] = await Promise.all([
    observeOwned(context, [desired], inventory),
    examine(context, (check) => OF_THE_HOST.has(check)),
  ]);
  const instances = [...new Set(names.flatMap((name) => instancesOf(name, desired)))];
  const { prerequisites } = await examinePrerequisites(context, desired, live, inventory, (instance) =>
    instances.includes(instance),
  );
  const deployed = new Set(Object.values(inventory.units).map(({ instance }) => instance));
  const validate = (instance: string) =>
    deployed.has(instance) ? validateInstances(context, desired, [instance], CHECK_GRACE_MS.running) : null;
  return Promise.all(
    instances.map(async (instance) => ({
      instance,
      checks: [
        ...problemsOf(instance, desired),
        ...(await images(host, desired, instance)),
        ...prerequisites
          .filter((one) => one.instance === instance)
          .map((one) => findingOf(one, deployed.has(instance))),
        ...general,
      ],
      validation: await validate(instance),
    })),
  );
}

/** The instances that a name stands for: its own, or those of a stack. */
function instancesOf(name: string, { state, invalid }: RenderedState): readonly string[] {
  const entries = state.instances.filter((one) => one.kind === "pattern" && one.stack === name);
  const known = [...state.instances.map((one) => one.name), ...invalid];
  if (known.includes(name)) return [name];
  if (entries.length > 0) return entries.map((one) => one.name);
  throw new QuadgateError("bad-usage", `no instance is called ${name}`, {
    hint: known.length > 0 ? `there are: ${known.sort().join(", ")}` : "there are no instances on this host",
  });
}

/** Findings about the manifest, its pattern, and its units under this host's podman. */
function problemsOf(name: string, { issues }: RenderedState): readonly Finding[] {
  const own = issues.filter((issue) => concernedBy(issue).includes(name));
  if (own.length === 0) return [{ check: "manifest", status: "ok", message: "valid" }];
  return own.map(({ message, place, hint }) => ({
    check: "manifest",
    status: "failed",
    message: place === undefined ? message : `${formatPlace(place)}: ${message}`,
    ...(hint === undefined ? {} : { fix: hint }),
  }));
}

/** A prerequisite that matters only before the first deployment is a warning afterwards. */
function findingOf({ check, code, message, fix }: Prerequisite, isDeployed: boolean): Finding {
  if (code === undefined) return { check, status: "ok", message };
  const { blocks } = PREREQUISITES[code];
  const failed = blocks === "always" || (blocks === "first" && !isDeployed);
  return { check, status: failed ? "failed" : "warning", message, ...(fix === undefined ? {} : { fix }) };
}

async function images(host: Host, desired: RenderedState, instance: string): Promise<readonly Finding[]> {
  const needs = unitNeeds(desired.units, desired.generated);
  const wanted = needs.filter((one) => one.instance === instance).flatMap(({ image }) => image ?? []);
  return Promise.all([...new Set(wanted)].map((image) => checkImage(host, image)));
}

async function checkImage(host: Host, image: string): Promise<Finding> {
  const check = `image ${image}`;
  const local = await host.podman.localImage(image);
  if (local !== undefined) return { check, status: "ok", message: `here, ${local}` };
  const remote = await host.podman.remoteImage(image, REGISTRY_TIMEOUT_MS);
  if (!("problem" in remote)) {
    const digest = remote.digest === null ? "" : `, ${remote.digest}`;
    return { check, status: "ok", message: `not here yet; the registry has it${digest}` };
  }
  const message = `not here, and podman cannot get it: ${remote.problem}`;
  return { check, status: "failed", message, fix: `podman pull ${image}` };
}
