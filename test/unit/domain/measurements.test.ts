import { expect, it } from "vitest"
import { evidenceFor, type MeasuredProgram } from "../../../src/domain/measurements.ts"

const program = (name: string, platform: string, passed: MeasuredProgram["passed"]): MeasuredProgram => ({
  name,
  platform,
  version: "1.0.0",
  measuredOn: "2026-11-22",
  passed,
})
const MEASURED = {
  cassandra: "5.0.9",
  gateways: { embedded: "scb/0.1.0" },
  programs: [
    program("java", "java", { password: { embedded: ["P-256, generated"] } }),
    program("micronaut", "java", { password: { embedded: ["P-256, generated"] } }),
    program("cpp", "cpp", {}),
  ],
}

it.each([
  ["what was run is measured", { name: "java", client: "java" }, "measured"],
  ["what stands on a client that was run is measured by that", { name: "spark", client: "java" }, "client-measured"],
  ["what was run and never got through is not measured", { name: "cpp", client: "cpp" }, "by-rule"],
  ["what nobody could run goes by rule", { name: "csharp", client: "csharp" }, "by-rule"],
])("%s", (_, platform, evidence) => {
  expect(evidenceFor(platform, MEASURED)).toBe(evidence)
})
