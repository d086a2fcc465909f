import { describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { DAY, NOW } from "../support/pgp.ts"
import { customerOf, makePublisher, verdict } from "../support/published.ts"

describe("A02 rollback", () => {
  it("refuses a genuine catalog that is older than the one seen, by version or by time", async () => {
    const publisher = await makePublisher()
    await publisher.release({ version: "1.0.0" })
    await publisher.catalog()
    const first = new Map(publisher.releases.files)
    await publisher.catalog({ at: later(NOW, 1000) })
    const renewed = new Map(publisher.releases.files)
    await publisher.release({ version: "1.0.1" })
    await publisher.catalog({ at: later(NOW, 2000) })
    const newest = new Map(publisher.releases.files)

    const serve = (files: ReadonlyMap<string, Uint8Array>) => {
      for (const [path, data] of files) publisher.releases.files.set(path, data)
    }
    const customer = customerOf(publisher)
    serve(renewed)
    expect(await verdict(customer.fetch())).toBe("accepted")
    serve(first)
    expect(await verdict(customer.fetch())).toBe("catalog-rollback")
    serve(newest)
    expect(await verdict(customer.fetch())).toBe("accepted")
    serve(renewed)
    expect(await verdict(customer.fetch())).toBe("catalog-rollback")
    expect(customer.seen.get("memory:")).toMatchObject({ version: 2 })
  })

  it("refuses a newer catalog that has forgotten a revocation", async () => {
    const [honest, forgetful] = await Promise.all([makePublisher(), makePublisher()])
    await honest.release({ version: "1.0.0" })
    honest.revoke("1.0.0")
    await honest.release({ version: "1.0.1" })
    await honest.catalog()
    for (const version of ["1.0.0", "1.0.1", "1.0.2", "1.0.3"]) await forgetful.release({ version })
    await forgetful.catalog({ at: later(NOW, 1000) })

    const customer = customerOf(honest)
    expect(await verdict(customer.fetch())).toBe("accepted")
    expect(await verdict(customer.fetch({ releases: forgetful.releases }))).toBe("catalog-rollback")
  })

  it("remembers a catalog even when what it leads to is refused", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    publisher.revoke("1.0.0")
    await publisher.catalog()
    const customer = customerOf(publisher)
    expect(await verdict(customer.fetch({ selector: { version: "1.0.0" } }))).toBe("version-revoked")
    expect(customer.seen.get("memory:")).toMatchObject({ version: 2, epoch: 1 })
  })

  it("forgets nothing about other sources", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog({ lifetime: 30 * DAY })
    const customer = customerOf(publisher)
    await customer.fetch({ source: "a" })
    await customer.fetch({ source: "b" })
    expect([...customer.seen.keys()]).toEqual(["a", "b"])
  })
})
