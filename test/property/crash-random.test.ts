import fc from "fast-check";
import { it } from "vitest";
import { expectRecovery, prepare } from "../support/crash.ts";
import { OK } from "../support/crash-homelab.ts";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { SHIPPED } from "../support/fake-host/homelab.ts";
import { filesOf, homelab } from "../support/random-homelab.ts";

describeFakeHost("a sync of any change", () => {
  it("is finished by the next one if it is interrupted anywhere", async () => {
    const interruption = fc.record({
      before: homelab,
      after: homelab,
      fault: fc.constantFrom("dies", "fails", "lost"),
      among: fc.constantFrom("effects", "calls"),
      position: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(interruption, async ({ before, after, fault, among, position }) => {
        const files = { before: [filesOf(before)], after: filesOf(after) };
        const stage = await prepare({ title: "random", ...files, results: OK, shipped: SHIPPED });
        try {
          // Only calls that change something can be the moment of death: between others nothing is different.
          const counted = fault === "dies" ? "effects" : among;
          const at = 1 + Math.floor(position * (stage[counted] - 1));
          await expectRecovery(stage, { fault, at, among: counted });
        } finally {
          stage.repository.remove();
        }
      }),
      { numRuns: 8 },
    );
  });
});
