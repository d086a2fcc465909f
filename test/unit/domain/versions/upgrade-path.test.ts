import { describe, expect, it } from "vitest"
import type { ReleaseInput } from "../../../../src/domain/release.ts"
import {
  obstaclesBetween,
  upgradePath,
  upgradesTo,
  type Waypoint,
} from "../../../../src/domain/versions/upgrade-path.ts"
import { inputOf } from "../../../support/planning.ts"

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)] as const
const trusting = (...trust: readonly string[]) => inputOf({}, { trust })
const points = (...inputs: readonly ReleaseInput[]): readonly Waypoint[] =>
  inputs.map((input, index) => ({ version: `1.${index}.0`, input, usable: true }))

/** A rotation of the servers' CA: old, both, new. */
const ROTATION = points(trusting(OLD), trusting(OLD, NEW), trusting(NEW))

describe("the way from one version to another", () => {
  it("is one step where servers can serve both", () => {
    const [first, second] = [inputOf(), inputOf({ role: "other" }, { host: "b.example.com", issuer: [NEW] })]
    expect(upgradePath(points(first, second), "1.0.0", "1.1.0")).toEqual({
      from: "1.0.0",
      to: "1.1.0",
      through: [],
      obstacles: [],
    })
  })

  it("goes through the version that trusts both roots, there and back", () => {
    expect(upgradePath(ROTATION, "1.0.0", "1.2.0")?.through).toEqual(["1.1.0"])
    expect(upgradePath(ROTATION, "1.2.0", "1.0.0")?.through).toEqual(["1.1.0"])
    expect(upgradePath(ROTATION, "1.1.0", "1.2.0")?.through).toEqual([])
  })

  it("is the shortest", () => {
    const more = points(trusting(OLD), trusting(OLD, NEW), trusting(OLD, NEW), trusting(NEW))
    expect(upgradePath(more, "1.0.0", "1.3.0")?.through).toHaveLength(1)
  })

  it("never goes through a version that is of no use any more", () => {
    const dead = ROTATION.map(each => (each.version === "1.1.0" ? { ...each, usable: false } : each))
    expect(upgradePath(dead, "1.0.0", "1.2.0")).toMatchObject({ through: [], obstacles: [{ member: "cluster.trust" }] })
  })

  it("does not exist where servers, applications and the first root of C# must change at one moment", () => {
    const csharp = (...trust: readonly string[]) => inputOf({ drivers: ["csharp"] }, { trust })
    const turned = points(csharp(OLD), csharp(OLD, NEW), csharp(NEW, OLD), csharp(NEW))
    expect(upgradePath(turned, "1.0.0", "1.3.0")?.obstacles).not.toEqual([])
    expect(upgradePath(turned, "1.0.0", "1.1.0")?.obstacles).toEqual([])
    expect(obstaclesBetween(csharp(OLD, NEW), csharp(NEW, OLD))).toHaveLength(1)
    expect(obstaclesBetween(inputOf(), inputOf({}, { authentication: "password" }))).toMatchObject([
      { member: "cluster.authentication" },
    ])
  })

  it("is unknown for a version that was never released", () => {
    expect(upgradePath(ROTATION, "1.0.0", "9.0.0")).toBeUndefined()
    expect(upgradePath(ROTATION, "9.0.0", "1.0.0")).toBeUndefined()
  })

  it("is told of every earlier version that is of use", () => {
    const [first, second, third] = ROTATION
    if (first === undefined || second === undefined || third === undefined) throw new Error("no rotation")
    expect(upgradesTo(third, [{ ...first, usable: false }, second])).toEqual([
      { from: "1.1.0", through: [], obstacles: [] },
    ])
    expect(upgradesTo(third, [first, second])).toEqual([
      { from: "1.0.0", through: ["1.1.0"], obstacles: [] },
      { from: "1.1.0", through: [], obstacles: [] },
    ])
  })
})
