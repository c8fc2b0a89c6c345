import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import SlowFirst from "./test/support/slow-first.ts";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary-reporter.ts"],
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["test/{unit,golden,property,contract}/**/*.test.ts"],
          setupFiles: ["test/support/seed.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Left to itself it keeps one core free, which on two cores is half of them.
          maxWorkers: "100%",
          // Loading the modules anew for each file would take as long as half of the tests.
          isolate: false,
        },
      },
      {
        test: {
          name: "lab",
          // After the others, with workers of its own: each boots a host.
          sequence: { groupOrder: 1 },
          include: ["test/{e2e,lab}/**/*.test.ts"],
          globalSetup: ["test/lab/global-setup.ts"],
          // What hangs ends at last; on a busy machine the longest test takes ten times as long as on a quiet one.
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // A host waits half of its time: two for each core keep the machine busy. Each needs up to 1 GB of memory.
          maxWorkers: Math.min(2 * availableParallelism(), 8),
        },
      },
    ],
  },
});
