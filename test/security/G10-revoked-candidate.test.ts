import { describe, expect, it } from "vitest"
import type { VersionDecision } from "../../src/domain/bundle.ts"
import { asking, DAY, HOUR, historyIn, run, seen, street, waited } from "../support/rollout.ts"

const stages = [{ percent: 10, for: HOUR }, { percent: 100 }]
const STAGED = { rollout: { kind: "stages", stages } } as const
const versions = new Map<string, VersionDecision>([["1.1.0", { revoked: { reason: "keyCompromise" } }]])

describe("G10: a candidate that is revoked in the middle of its rollout", () => {
  it("is taken back at once and never given to anybody again", () => {
    const first = run(asking(street(), { channels: { stable: STAGED } })).street
    const canary = run(asking(waited(first, DAY), { keyspace: "k1" })).street
    expect(seen(canary)).toBe("1.0.0 10%:1.1.0")
    const since = historyIn(canary).moves.length
    let at = waited(asking(canary, { bundle: { versions } }), HOUR)
    for (let hours = 0; hours < 10; hours += 1) at = run(waited(at, HOUR)).street
    const later = historyIn(at).moves.slice(since)
    expect(later.map(({ version }) => version)).not.toContain("1.1.0")
    expect(later[0]).toMatchObject({ channel: "candidate", version: "1.1.1", reason: "replacement" })
    expect(later[1]).toMatchObject({ channel: "stable", version: "1.0.0", reason: "abort" })
    expect(seen(at)).toBe("1.1.1")
  })

  it("is not gone back to by a hold either", () => {
    const first = run(street()).street
    const second = run(asking(waited(first, DAY), { keyspace: "k1" })).street
    const revoked = run(asking(second, { bundle: { versions } })).street
    const pin = { version: "1.1.0", reason: "INC-7" }
    expect(seen(run(asking(revoked, { channels: { stable: { pin } } })).street)).toBe("1.1.1")
  })
})
