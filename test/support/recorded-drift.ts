import { computeDrift, type DriftInput } from "../../src/drift/index.ts";
import type { DriftReport, Suggestion } from "../../src/model/drift.ts";
import type { GeneratorOutput, LiveState } from "../../src/model/live.ts";
import { parseGenerated, parseLoaded } from "../../src/quadlet/generated.ts";

/** What drift compares, with services' texts as they are recorded from a host, so that tests may edit them. */
export interface RecordedDrift extends Omit<DriftInput, "generated" | "live" | "loaded" | "inPlace"> {
  readonly generated: GeneratorOutput;
  readonly live: LiveState;
  readonly inPlace?: GeneratorOutput;
}

/** The same as drift takes it. */
export function driftInput({ generated, inPlace, ...recorded }: RecordedDrift): DriftInput {
  const { facts, live } = recorded;
  return {
    ...recorded,
    generated: parseGenerated(generated, facts),
    loaded: parseLoaded(live.generated),
    ...(inPlace === undefined ? {} : { inPlace: parseGenerated(inPlace, facts) }),
  };
}

/** What drift says of it. */
export function driftOf(recorded: RecordedDrift): DriftReport<Suggestion> {
  return computeDrift(driftInput(recorded));
}
