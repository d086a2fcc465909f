import fc from "fast-check"
import { describe, it } from "vitest"
import { obstaclesBetween, upgradePath, type Waypoint } from "../../src/domain/versions/upgrade-path.ts"
import { inputOf } from "../support/planning.ts"

const roots = fc.subarray(["a", "b", "c"], { minLength: 1 }).chain(each => fc.shuffledSubarray(each, { minLength: 1 }))
const waypoint = fc.record({
  trust: roots,
  drivers: fc.constantFrom(["java"], ["java", "csharp"]),
  authentication: fc.constantFrom("mutual-tls" as const, "mutual-tls" as const, "password" as const),
  usable: fc.boolean(),
})
const history: fc.Arbitrary<readonly Waypoint[]> = fc.array(waypoint, { minLength: 2, maxLength: 7 }).map(points =>
  points.map(({ trust, drivers, authentication, usable }, index) => ({
    version: `1.${index}.0`,
    input: inputOf({ drivers }, { trust, authentication }),
    usable,
  })),
)

/** Every way there is, by trying all. */
function ways(points: readonly Waypoint[]): readonly (readonly Waypoint[])[] {
  const [first, ...rest] = points
  const goal = points.at(-1)
  if (first === undefined || goal === undefined) return []
  if (first === goal) return [[first]]
  return rest.flatMap((next, index) => {
    const passable = next.usable || next === goal
    if (!passable || obstaclesBetween(first.input, next.input).length > 0) return []
    return ways(rest.slice(index)).map(way => [first, ...way])
  })
}

describe("the way from one version to another", () => {
  it("is one of the shortest safe ways that there are, and missing only where there is none", () => {
    fc.assert(
      fc.property(history, fc.boolean(), (points, backwards) => {
        const ordered = backwards ? points.toReversed() : points
        const [from, to] = [ordered[0]?.version ?? "", ordered.at(-1)?.version ?? ""]
        const path = upgradePath(points, from, to)
        const all = ways(ordered)
        if (path === undefined) return false
        if (all.length === 0) return path.obstacles.length > 0 && path.through.length === 0
        const shortest = Math.min(...all.map(way => way.length))
        const versions = [from, ...path.through, to].join(" ")
        return (
          path.obstacles.length === 0 &&
          path.through.length === shortest - 2 &&
          all.some(way => way.map(({ version }) => version).join(" ") === versions)
        )
      }),
      { numRuns: 2000 },
    )
  })
})
