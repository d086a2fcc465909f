import { defineConfig } from "vitest/config"

/** `unit` is what a person runs on every change; `slow` needs outside programs, child processes or minutes. */
export default defineConfig({
  test: {
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
