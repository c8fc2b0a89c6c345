import { type ImageNeed, needKey } from "../model/image-need.ts";
import type { Issue } from "../model/issue.ts";
import { endUnchanged } from "../model/stop.ts";
import { type Context, step } from "../planning/context.ts";
import type { Pulls } from "../pull/index.ts";
import { imageNeeds } from "../quadlet/image-needs.ts";
import type { Decision } from "./decide.ts";
import { markBegun } from "./held-plan.ts";

export interface ImageOptions {
  /** The pulls of this process; absent: this sync shares them with no other. */
  readonly pulls?: Pulls | undefined;
}

/** What a sync has learned so far about the images of its plans. */
export interface TriedImages {
  /** By `needKey`: those that it has asked podman for. */
  readonly tried: ReadonlySet<string>;
  /** By instance: why an image that it needs is not there. */
  readonly unavailable: ReadonlyMap<string, Issue>;
}

export const NONE_TRIED: TriedImages = { tried: new Set(), unavailable: new Map() };

/** What was learned before, and since. */
export function joined(before: TriedImages, since: TriedImages): TriedImages {
  return {
    tried: new Set([...before.tried, ...since.tried]),
    unavailable: new Map([...before.unavailable, ...since.unavailable]),
  };
}

/** A later sync of the same process does what this one would have done. Nothing has changed. */
export class Overtaken extends Error {
  constructor() {
    super("a later sync has taken over the pulls of this one");
    this.name = "Overtaken";
  }
}

/** A plan that the gate lets through, and the images that it needs first. */
export interface LackingImages extends Decision {
  readonly needs: readonly ImageNeed[];
  /** The instances that need them: the ids of their images are not known yet. */
  readonly learning: ReadonlySet<string>;
}

/**
 * What a plan needs that podman has not been asked for yet in this sync. Undefined if there is nothing. If a
 * person has approved the plan, the approval is kept for the rest of it, whatever ids the images have.
 */
export async function lackingImages(
  { host, state }: Pick<Context, "host" | "state">,
  decision: Decision,
  { tried, pulls }: TriedImages & { readonly pulls: Pulls },
): Promise<LackingImages | undefined> {
  const { situation, judgement } = decision;
  if (judgement.verdict.state !== "open") return undefined;
  const { plan, effective, live } = situation.hostPlan;
  const { units, generated } = effective;
  const all = imageNeeds({ changes: plan.changes, units, generated, live, facts: host.facts });
  const needs = all.filter((need) => !tried.has(needKey(need)));
  if (all.length === 0 && tried.size === 0) pulls.bringNone();
  if (needs.length === 0) return undefined;
  const learning = new Set(needs.flatMap(({ instances }) => instances));
  await markBegun(state, { plan, inventory: situation.inventory }, learning);
  return { ...decision, needs, learning };
}

/**
 * Has podman pull and build images while everything keeps running; the caller does not hold the lock. Throws
 * `interrupted` if quadgate is asked to end, and Overtaken.
 */
export async function bringImages(
  context: Context,
  { situation: { hostPlan }, needs }: LackingImages,
  options: { readonly pulls: Pulls; readonly attended: boolean; readonly signal?: AbortSignal | undefined },
): Promise<TriedImages> {
  const { pulls, attended, signal } = options;
  const { units, settings } = hostPlan.effective;
  const timeoutMs = settings.pull.timeout;
  const { failed, overtaken } = await step(context, "pull", () =>
    pulls.bring(needs, { attended, timeoutMs, signal, emit: context.emit }),
  );
  endUnchanged(signal);
  if (overtaken) throw new Overtaken();
  const unavailable = needs.flatMap((need) => {
    const problem = failed.get(needKey(need));
    if (problem === undefined) return [];
    return need.instances.map((instance) => [instance, issueOf(instance, need, problem, units)] as const);
  });
  return { tried: new Set(needs.map(needKey)), unavailable: new Map(unavailable) };
}

function issueOf(
  instance: string,
  { image, how }: ImageNeed,
  problem: string,
  units: Decision["situation"]["hostPlan"]["effective"]["units"],
): Issue {
  const what = how === "none" ? "needs" : `needs an image that podman cannot ${how}:`;
  const place = units.find((unit) => unit.instance === instance && unit.kind !== "file")?.origin;
  return {
    code: "image-unavailable",
    message: `${instance} ${what} ${image}: ${problem}`,
    instance,
    ...(place === undefined ? {} : { place }),
    hint:
      how === "none"
        ? `pull it with podman pull ${image}, or let the unit pull it`
        : "the instance stays as it is; quadgate tries again with the next sync",
  };
}
