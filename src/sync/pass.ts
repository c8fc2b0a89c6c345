import type { Inventory } from "../model/inventory.ts";
import type { Change, Outcome } from "../model/plan.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import { failedBefore, instanceDigest } from "../plan/index.ts";
import { step } from "../planning/context.ts";
import { hooksOf } from "../planning/desired.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { localImages } from "../quadlet/images.ts";
import { isInOrder, partsOf } from "../quadlet/jobs.ts";
import { neededBy } from "../quadlet/links.ts";
import { dependencies } from "../quadlet/order.ts";
import { forgetGone, inForce, markEnded, withText } from "../state/index.ts";
import { apply } from "./apply-pass.ts";
import { type Conclusion, conclude } from "./conclude.ts";
import type { HandOverResult } from "./hand-over.ts";
import { nowOf } from "./in-force-facts.ts";
import { keepImages } from "./keep-images.ts";
import { type PassInput, puttingBackIn } from "./pass-input.ts";
import { verifiedKeys } from "./verified-texts.ts";
import { type VerifyResult, verifyOutcomes } from "./verify-outcomes.ts";

export interface PassResult extends Conclusion, Omit<HandOverResult, "begun"> {
  readonly outcomes: readonly Outcome[];
}

/**
 * Applies and verifies once. Only the end of a pass records what went well, and the same write records what
 * failed. If putting back is interrupted before it has begun, the next sync finishes it.
 */
export async function pass(whole: PassInput): Promise<PassResult> {
  const { context } = whole;
  const { begun, judging, starts, lost, isOther, ...done } = await apply(whole);
  const input = isOther ? await withoutLost(whole, begun, lost) : whole;
  const isOwn = ({ instance }: Pick<Outcome, "instance">) => !lost.has(instance);
  const applied = done.applied.filter(isOwn);
  const verified = await step(context, "verify", () =>
    verifyOutcomes(input, begun, { applied, judging, starts }),
  );
  const concluded = concludePass(input, begun, verified);
  const inventory = await record(input, begun, concluded, verified);
  const outcomes = [...verified.outcomes, ...done.applied.filter((one) => !isOwn(one))];
  return { ...concluded, inventory, outcomes, starts, lost, isOther };
}

/** A pass once other syncs have taken over instances of it, or changed other ones. */
async function withoutLost(
  { hostPlan, previous, ...input }: PassInput,
  begun: Inventory,
  lost: PassResult["lost"],
): Promise<PassInput> {
  const changes = hostPlan.plan.changes.filter(({ instance }) => !lost.has(instance));
  const present = await unitsInForce(input.context, begun);
  return {
    ...input,
    hostPlan: { ...hostPlan, plan: { ...hostPlan.plan, changes } },
    previous: [...previous, ...present],
  };
}

function concludePass(input: PassInput, begun: Inventory, { outcomes, live }: VerifyResult): Conclusion {
  const { context, hostPlan } = input;
  const { plan, target, effective } = hostPlan;
  const { generated } = effective;
  const hooks = hooksOf(target.state);
  const partOf = partsOf({ services: generated.services, units: effective.units, live });
  const still = failedBefore({
    units: target.units,
    hooks,
    inventory: begun,
    puttingBack: target.putBack,
  });
  // What has failed in another sync meanwhile is of another text.
  const isKnown = (name: string) => begun.failed[name]?.at === input.inventory.failed[name]?.at;
  return conclude({
    plan,
    outcomes,
    inventory: begun,
    before: input.inventory,
    needs: neededBy(generated.services),
    waitsFor: dependencies(generated.services),
    isActive: (service) =>
      isInOrder(service, generated.services.get(service)?.text, live.services.get(service), partOf),
    puttingBack: puttingBackIn(input),
    stopped: input.signal?.aborted === true,
    digestOf: (instance) => instanceDigest(target.units, instance, hooks),
    // Putting back works without git, so that it does not know what git asks for now.
    over: input.bystanders
      ? []
      : Object.keys(begun.failed).filter(
          (name) => isKnown(name) && !still.has(name) && !plan.leftAlone.has(name),
        ),
    now: context.host.clock.now().toISOString(),
  });
}

/** Writes the result of a pass, with the texts that are in force after it. */
async function record(
  input: PassInput,
  begun: Inventory,
  concluded: Conclusion,
  { live, output }: VerifyResult,
): Promise<Inventory> {
  const { inventory, done } = concluded;
  const { context, previous } = input;
  const { effective } = input.hostPlan;
  const { state } = context;
  const generation = await state.storeGeneration(inForce(inventory, [...effective.units, ...previous]));
  const isSame = JSON.stringify(inventory) === JSON.stringify(begun);
  if (isSame && generation === inventory.generation) return inventory;
  const adopted = withoutAdopted({ ...inventory, generation }, input.inventory, done);
  const local = localImages([...effective.generated.byUnit.keys()], {
    generated: effective.generated,
    images: live.images,
  });
  const after = withEnds(context, forgetGone(adopted), { ...concluded, output, local });
  await keepImages(context, input.inventory, after);
  await state.writeInventory(after);
  await state.addVerified(verifiedKeys(done, { ...effective, live }));
  return after;
}

/**
 * Forgets what was known of texts that were found in force instead of others: those have proved themselves.
 */
function withoutAdopted(inventory: Inventory, before: Inventory, done: readonly Change[]): Inventory {
  const found = done.filter(
    ({ action, unit, digest }) =>
      action === "none" && before.units[unit]?.pending === undefined && before.units[unit]?.digest !== digest,
  );
  return found.reduce((known, { instance }) => withText(known, instance, undefined), inventory);
}

/** Marks the texts that have ended as due to be put back. */
function withEnds(
  context: PassInput["context"],
  inventory: Inventory,
  concluded: Conclusion & Pick<VerifyResult, "output"> & { readonly local: TextInForce["images"] },
): Inventory {
  const { putBack, failed, takenAlong, attempts, output, local } = concluded;
  const now = nowOf(context);
  return [...putBack].reduce((known, name) => {
    // If the apply failed before its first effect, another text is in force.
    if (known.texts[name]?.attempt !== attempts[name]?.digest) return known;
    const because = takenAlong.get(name);
    const lines = because === undefined ? output.get(name) : undefined;
    const said = lines === undefined ? {} : { output: lines };
    const cause = because === undefined ? {} : { because };
    const images = Object.fromEntries(
      Object.entries(local).filter(([unit]) => known.units[unit]?.instance === name),
    );
    const { units } = attempts[name] ?? {};
    const part = units === undefined ? {} : { units };
    const message = failed.get(name) ?? "failed";
    return markEnded(known, name, { message, now, images, ...cause, ...said, ...part });
  }, inventory);
}
