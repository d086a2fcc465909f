import { describe, expect, it } from "vitest"
import { DEFAULT_HEALTH } from "../../src/domain/default-policies.ts"
import {
  asking,
  codes,
  DAY,
  HOUR,
  movesOf,
  run,
  type Street,
  seen,
  street,
  traffic,
  waited,
} from "../support/rollout.ts"

const health = { ...DEFAULT_HEALTH, rollback: { failurePercent: 20, minimumSamples: 20, failedProbes: 3 } }

/** 1.2.0 everywhere, after 1.1.0 and 1.0.0. */
function threeVersions(): Street {
  let at = run(street({ policies: { health } })).street
  for (const keyspace of ["k1", "k2"]) at = run(asking(waited(at, DAY), { keyspace })).street
  return waited(at, HOUR)
}

function failing(at: Street, version: string): Street {
  return { ...at, health: [...at.health, traffic(at, version, 50, 50)] }
}

describe("G08: a rollback of a rollback", () => {
  it("is refused to people: stop, and page somebody", () => {
    const pinned = (at: Street, version: string) =>
      asking(at, { channels: { stable: { pin: { version, reason: "INC" } } } })
    const once = run(pinned(threeVersions(), "1.1.0")).street
    const { street: twice, outcome } = run(pinned(waited(once, HOUR), "1.0.0"))
    expect([seen(twice), movesOf(outcome), codes(outcome)]).toEqual(["1.1.0", [], ["S16"]])
    expect(outcome.findings[0]?.hint).toMatch(/stop.*page/)
  })

  it("is never done by automation: when what it went back to fails too, it stops and tells somebody", () => {
    const once = run(failing(threeVersions(), "1.2.0")).street
    expect(seen(once)).toBe("1.1.0")
    let at = failing(waited(once, HOUR), "1.1.0")
    for (let times = 0; times < 5; times += 1) {
      const { street: next, outcome } = run(at)
      expect([seen(next), movesOf(outcome)]).toEqual(["1.1.0", []])
      expect(codes(outcome)).toContain("S19")
      at = waited(next, HOUR)
    }
  })

  it("is allowed again once the channel has gone forward", () => {
    const once = run(failing(threeVersions(), "1.2.0")).street
    const mended = run(asking(waited(once, HOUR), { keyspace: "k3" })).street
    expect(seen(mended)).toBe("1.3.0")
    expect(seen(run(failing(waited(mended, HOUR), "1.3.0")).street)).toBe("1.1.0")
  })
})
