import type { Inventory } from "../model/inventory.ts";
import { provingOf } from "../model/proving.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { JudgingRules, TextInForce } from "../model/text-in-force.ts";
import type { Unit } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { type Now, proveGood, textDigest, withText } from "../state/index.ts";
import { type FactsOf, imagesOf, nowOf } from "./in-force-facts.ts";

/** Instances without a judgement have proved themselves before: their texts are good, with what they run. */
export async function withFound(
  context: Context,
  inventory: Inventory,
  factsOf: FactsOf,
): Promise<Inventory> {
  const { host } = context;
  const unknown = new Set(
    Object.values(inventory.units)
      .filter(({ instance, pending }) => inventory.texts[instance] === undefined && pending === undefined)
      .map(({ instance }) => instance),
  );
  for (const { instance, pending } of Object.values(inventory.units))
    if (pending !== undefined) unknown.delete(instance);
  if (unknown.size === 0 || inventory.generation === null) return inventory;
  const { generated } = await factsOf(inventory.generation);
  const containers = await host.podman.containers();
  const now = nowOf(context);
  const { units } = await context.state.salvageGeneration(inventory.generation);
  return [...unknown].reduce((known, instance) => {
    const text = foundText(known, instance, {
      units,
      now,
      rules: hostRules(context),
      images: imagesOf(known, instance, { generated, containers }),
    });
    return proveGood(withText(known, instance, text), instance, now);
  }, inventory);
}

/** What a text is judged by of which no manifest was read, should it have to settle again. */
function hostRules({ layers }: Pick<Context, "layers">): JudgingRules {
  const { verify } = mergeSettings(layers);
  return { timeoutMs: verify.timeout, ...provingOf(undefined, verify) };
}

function foundText(
  { units: owned }: Inventory,
  instance: string,
  {
    now,
    images,
    rules,
    units,
  }: Pick<TextInForce, "images" | "rules"> & { readonly now: Now; readonly units: readonly Unit[] },
): TextInForce {
  const own = Object.values(owned).filter((unit) => unit.instance === instance);
  const digest = textDigest(units.filter((unit) => unit.instance === instance));
  return {
    state: "good",
    since: now.iso,
    digest,
    attempt: digest,
    revision: own[0]?.revision ?? null,
    images,
    rules,
    from: { boot: now.boot, ms: now.ms },
    runs: {},
  };
}
