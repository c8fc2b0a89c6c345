import fc from "fast-check";
import { it } from "vitest";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { runSequence, sequence } from "../support/settling/sequence.ts";

const RUNS = Number(process.env.QUADGATE_SETTLING_RUNS ?? 60);
/** The same sequences at each run, so that a finding is one of the change that is tested. 0: random ones. */
const SEED = Number(process.env.QUADGATE_SETTLING_SEED ?? 20_261_201);

describeFakeHost("a text in force, whatever happens to it", () => {
  it(
    "is verified, put back and left in force as the contract says",
    async () => {
      await fc.assert(fc.asyncProperty(sequence, runSequence), {
        numRuns: RUNS,
        ...(SEED === 0 ? {} : { seed: SEED }),
      });
    },
    RUNS * 5_000,
  );
});
