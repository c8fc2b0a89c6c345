import fc from "fast-check";
import { it } from "vitest";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { runSequence, sequence } from "../support/settling/sequence.ts";

const RUNS = Number(process.env.QUADGATE_SETTLING_RUNS ?? 60);

describeFakeHost("a text in force, whatever happens to it", () => {
  it(
    "is verified, put back and left in force as the contract says",
    async () => {
      await fc.assert(fc.asyncProperty(sequence, runSequence), { numRuns: RUNS });
    },
    RUNS * 5_000,
  );
});
