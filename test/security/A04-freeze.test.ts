import { describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { DAY, NOW } from "../support/pgp.ts"
import { customerOf, makePublisher, verdict } from "../support/published.ts"

describe("A04 indefinite freeze", () => {
  it("believes a catalog until its end and not a second longer", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog({ lifetime: 7 * DAY })
    const at = (millis: number) => verdict(customerOf(publisher).fetch({ now: later(NOW, millis) }))
    expect(await at(7 * DAY - 1000)).toBe("accepted")
    expect(await at(7 * DAY)).toBe("catalog-expired")
    expect(await at(8 * DAY)).toBe("catalog-expired")
  })

  it("blames the clock, not the publisher, for a catalog from tomorrow", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog()
    expect(await verdict(customerOf(publisher).fetch({ now: later(NOW, -DAY) }))).toBe("clock-behind")
    expect(await verdict(customerOf(publisher).fetch({ now: later(NOW, -60_000) }))).toBe("accepted")
  })

  it("refuses a fresh-looking catalog by a signer whose term is over", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog({ lifetime: 100 * DAY })
    const { fingerprint, publicKeyArmored } = publisher.signerKey
    const anchors = [{ fingerprint, publicKeyArmored, validUntil: later(NOW, DAY) }]
    const at = (days: number) => verdict(customerOf(publisher).fetch({ anchors, now: later(NOW, days * DAY) }))
    expect(await at(0.5)).toBe("accepted")
    expect(await at(2)).toBe("signer-expired")
  })
})
