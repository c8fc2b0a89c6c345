import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary-reporter.ts"],
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
        },
      },
      {
        test: {
          name: "lab",
          // After the others, with workers of its own: each boots a host.
          sequence: { groupOrder: 1 },
          include: ["test/{e2e,lab}/**/*.test.ts"],
          globalSetup: ["test/lab/global-setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
