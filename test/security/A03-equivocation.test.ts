import { describe, expect, it } from "vitest"
import { customerOf, makePublisher, verdict } from "../support/published.ts"

describe("A03 same version, different content", () => {
  it("raises the alarm over two genuine catalogs of the same version and time", async () => {
    const [shownToOne, shownToOther] = await Promise.all([makePublisher(), makePublisher()])
    await shownToOne.release({ version: "1.0.0" })
    await shownToOther.release({ version: "2.0.0" })
    await Promise.all([shownToOne.catalog(), shownToOther.catalog()])

    const customer = customerOf(shownToOne)
    expect(await verdict(customer.fetch())).toBe("accepted")
    expect(await verdict(customer.fetch({ releases: shownToOther.releases }))).toBe("catalog-equivocation")
  })

  it("refuses new bytes under a published version", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog()
    const [before, again] = [new Map(publisher.releases.files), await makePublisher()]
    await again.release()
    for (const [path, data] of again.releases.files) if (path.startsWith("releases/")) before.set(path, data)
    for (const [path, data] of before) publisher.releases.files.set(path, data)
    expect(await verdict(customerOf(publisher).fetch())).toBe("digest-mismatch")
  })
})
