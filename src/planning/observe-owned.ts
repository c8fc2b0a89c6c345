import { type DriftQuestion, driftQuestion } from "../drift/index.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { templateServiceOf } from "../model/unit.ts";
import { observe } from "../observe/live.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";

type StateToObserve = Pick<RenderedState, "units" | "generated">;

/**
 * Observes everything that the desired units mention and that quadgate owns. Identical states are observed
 * once.
 */
export function observeOwned(
  { host }: Pick<Context, "host">,
  states: readonly StateToObserve[],
  inventory: Inventory,
): Promise<LiveState> {
  const owned = Object.entries(inventory.units);
  const asking = [...new Set(states)];
  const question = asking.map(({ units, generated }) => driftQuestion(units, generated)).reduce(joined);
  return observe(host, {
    ...question,
    services: all(
      question.services,
      asking.flatMap(({ generated }) => [...generated.services.keys()]),
      owned.flatMap(([name, unit]) => unit.service ?? templateServiceOf(name) ?? []),
    ),
    unitNames: all(
      question.unitNames,
      owned.map(([name]) => name),
    ),
    files: all(
      question.files,
      owned.map(([name]) => name).filter((name) => name.startsWith("/")),
    ),
  });
}

function joined(one: DriftQuestion, other: DriftQuestion): DriftQuestion {
  return {
    services: all(one.services, other.services),
    unitNames: all(one.unitNames, other.unitNames),
    files: all(one.files, other.files),
    inputs: all(one.inputs, other.inputs),
    containers: all(one.containers, other.containers),
    volumes: one.volumes || other.volumes,
    secrets: all(one.secrets, other.secrets),
    pods: all(one.pods, other.pods),
    images: all(one.images, other.images),
  };
}

function all(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
