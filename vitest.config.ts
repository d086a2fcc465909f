import { defineConfig } from "vitest/config"

/**
 * `unit` is what a person runs on every change; `slow` needs outside programs, child processes or minutes; `interop` a
 * real cluster and a private network (scripts/interop.sh).
 */
const results = process.env["TEST_RESULTS"]

export default defineConfig({
  test: {
    maxWorkers: "100%", // otherwise one processor stays idle, which of two is half
    reporters: results === undefined ? ["default"] : ["default", ["json", { outputFile: results }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{architecture,unit,property,contract,scenario,security,workflows}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/{interop,faults}/**/*.test.ts"],
          exclude: ["test/interop/live/**"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "interop",
          include: ["test/interop/live/**/*.test.ts"],
          globalSetup: "test/support/shared-clusters.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
