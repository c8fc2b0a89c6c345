import { describe, test } from "vitest";
import { whyNoFakeHost } from "./quadlet.ts";

/**
 * Describes tests that need the fake host, and so podman's generator. Without one they are skipped, which the
 * search for it says loudly; with QUADGATE_REQUIRE_LAB=1 they fail.
 */
export function describeFakeHost(title: string, tests: () => void): void {
  if (whyNoFakeHost === undefined) {
    describe(title, tests);
  } else if (process.env.QUADGATE_REQUIRE_LAB === "1") {
    describe(title, () => {
      test("there is a Quadlet generator", () => {
        throw new Error(`${whyNoFakeHost} (QUADGATE_REQUIRE_LAB=1)`);
      });
    });
  } else {
    describe.skip(title, tests);
  }
}
