import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import { bootLab, type Lab, type LabOptions } from "./lab.ts";
import { whyNoLab } from "./support.ts";

/**
 * Describes tests that share one lab, booted before the first and taken down after the last. The output of a failing
 * test is followed by what its host looked like. Where no lab can run the tests are skipped, loudly; with
 * QUADGATE_REQUIRE_LAB=1 they fail.
 */
export function describeLab(title: string, options: LabOptions, tests: (lab: () => Lab) => void): void {
  const reason = whyNoLab();
  if (reason) {
    describeWithout(title, reason, tests);
    return;
  }
  describe(title, () => {
    let lab: Lab | undefined;
    beforeAll(async () => {
      lab = await bootLab(options);
    });
    afterAll(async () => {
      await lab?.down();
    });
    beforeEach(({ onTestFailed, task }) => {
      onTestFailed(async () => {
        const text = await lab
          ?.dump()
          .catch((error: Error) => `the lab could not be inspected: ${error.message}`);
        process.stderr.write(`\n##### the lab when "${task.name}" failed\n${text}\n#####\n`);
      });
    });
    tests(() => {
      if (!lab) throw new Error("the lab is there only while a test runs");
      return lab;
    });
  });
}

function describeWithout(title: string, reason: string, tests: (lab: () => Lab) => void): void {
  const message = `the lab cannot run on this machine: ${reason}`;
  if (process.env.QUADGATE_REQUIRE_LAB === "1") {
    describe(title, () => {
      test("the lab can run", () => {
        throw new Error(`${message} (QUADGATE_REQUIRE_LAB=1)`);
      });
    });
    return;
  }
  process.stderr.write(`\nSKIPPED: ${title}: ${message}\n`);
  describe.skip(title, () => {
    tests(() => {
      throw new Error(message);
    });
  });
}
