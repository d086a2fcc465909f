import { describe, expect, it } from "vitest"
import type { MeasuredProgram } from "../../../../src/domain/measurements.ts"
import {
  answerFor,
  compatibilityRows,
  type PlatformKnowledge,
  type PublishedVersion,
} from "../../../../src/domain/versions/compatibility.ts"
import { NOW } from "../../../support/planning.ts"

const measured = (version: string, kind: string): MeasuredProgram => ({
  name: "java",
  platform: "java",
  version,
  measuredOn: "2026-11-22",
  passed: { "mutual-tls": { haproxy: [kind] } },
})
const KNOWN: PlatformKnowledge = new Map([
  [
    "java",
    {
      client: "java",
      minimumVersion: "4.18.0",
      measured: [measured("4.17.0", "P-256, generated"), measured("4.19.0", "P-256, kept by its owner")],
    },
  ],
])
const PUBLISHED: PublishedVersion = {
  bundle: "payments-prod/checkout",
  cluster: "payments-prod",
  version: "1.2.0",
  expiresAt: NOW,
  compatibility: { java: ">=4.13.0", python: "*" },
  keyAlgorithm: "P-256",
  keySource: "generated",
}
const ask = (platform: string, version: string) => answerFor(PUBLISHED, { platform, version }, KNOWN)

describe("whether a client can use a version", () => {
  it("is decided by the range of the manifest", () => {
    expect(ask("java", "4.13.0").compatible).toBe(true)
    expect(ask("java", "4.12.9")).toMatchObject({
      compatible: false,
      reasons: ["made for java >=4.13.0, not for 4.12.9"],
    })
    expect(ask("cpp", "2.17.1")).toMatchObject({ compatible: false, reasons: ["made for java, python, not for cpp"] })
    expect(ask("constructor", "1.0.0").compatible).toBe(false)
  })

  it("comes with what was measured with a key of the same kind, and from when on the example works", () => {
    expect(ask("java", "4.17.0").reasons).toEqual([
      "made for java >=4.13.0",
      "4.17.0 has connected to a real cluster with a key of this kind",
      "its example needs 4.18.0 or later: yours has to be written for 4.17.0",
    ])
    expect(ask("java", "4.19.0").reasons[1]).toBe(
      "4.19.0 itself was not measured; with a key of this kind were: 4.17.0",
    )
    expect(ask("python", "3.29.0").reasons).toEqual(["made for python *"])
  })

  it("is a line of the matrix for each driver", () => {
    expect(compatibilityRows(PUBLISHED, KNOWN)).toMatchObject([
      { cluster: "payments-prod", platform: "java", range: ">=4.13.0", exampleFrom: "4.18.0", measured: ["4.17.0"] },
      { platform: "python", range: "*", measured: [] },
    ])
  })
})
