import { defineConfig } from "vitest/config"

/** `unit` is what a person runs on every change; `slow` needs outside programs, child processes or minutes. */
const results = process.env["TEST_RESULTS"]

export default defineConfig({
  test: {
    reporters: results === undefined ? ["default"] : ["default", ["json", { outputFile: results }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{architecture,unit,property,contract,scenario,security}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/{interop,faults}/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
