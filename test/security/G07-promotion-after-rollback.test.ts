import { describe, expect, it } from "vitest"
import { asking, DAY, HOUR, movesOf, run, seen, street, waited } from "../support/rollout.ts"

describe("G07: automation that undoes a rollback", () => {
  it("leaves the channel where it was rolled back to, however often it runs, until the hold is lifted", () => {
    const first = run(street()).street
    const second = run(asking(waited(first, DAY), { keyspace: "k1" })).street
    const pin = { version: "1.0.0", reason: "rollback, INC-7" }
    let at = run(asking(waited(second, HOUR), { channels: { stable: { pin } } })).street
    for (let times = 0; times < 10; times += 1) {
      const { street: next, outcome } = run(waited(at, HOUR))
      expect([movesOf(outcome), seen(next)]).toEqual([[], "1.0.0"])
      at = next
    }
    at = run(asking(waited(at, HOUR), { channels: { stable: {} } })).street
    expect(seen(at)).toBe("1.1.0")
  })

  it("leaves it there for new versions too", () => {
    const first = run(street()).street
    const pin = { version: "1.0.0", reason: "INC-7" }
    const held = run(asking(first, { channels: { stable: { pin } } })).street
    const { street: at } = run(asking(waited(held, DAY), { keyspace: "k1" }))
    expect([seen(at, "candidate"), seen(at)]).toEqual(["1.1.0", "1.0.0"])
  })
})
