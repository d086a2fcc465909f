import { expect, it } from "vitest"
import { asking, HOUR, run, type Street, stateOf, street, waited } from "../../../support/rollout.ts"

/** Everybody has 1.1.0 when a campaign revokes it, which is in the ledger and in no mark of the bundle. */
function invalidated(): Street {
  const at = waited(run(asking(waited(run(street()).street, HOUR), { keyspace: "k1" })).street, HOUR)
  const leak = {
    name: "leak",
    at: at.now,
    select: { versions: "1.1.0" },
    revocation: { reason: "keyCompromise" },
  } as const
  return { ...at, ledger: { ...at.ledger, invalidations: [leak] } }
}

it("a channel leaves at once what a campaign has revoked", () => {
  expect(stateOf(run(invalidated()).street, "stable")?.version).toBe("1.1.1")
})

it("a channel that is held at what a campaign has revoked points nowhere", () => {
  const held = asking(invalidated(), { channels: { stable: { pin: { version: "1.1.0", reason: "INC-1" } } } })
  expect(stateOf(run(held).street, "stable")).toBeUndefined()
})
