import { describe } from "vitest";
import { batchesOf, describeExamples, EXAMPLE_CASES } from "../support/flow-examples.ts";

describe("every example of every shipped pattern", () => {
  for (const batch of batchesOf(EXAMPLE_CASES)) describeExamples(batch);
});
