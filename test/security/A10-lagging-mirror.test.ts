import { beforeEach, describe, expect, it } from "vitest"
import { memoryReleases } from "../../src/adapters/releases-memory.ts"
import type { PublishedPlace } from "../../src/app/sources.ts"
import { later } from "../../src/domain/instant.ts"
import { DAY, NOW } from "../support/pgp.ts"
import { customerOf, makePublisher, type Publisher, refusalOf, verdict } from "../support/published.ts"

describe("A10 malicious or lagging mirror", () => {
  let publisher: Publisher

  beforeEach(async () => {
    publisher = await makePublisher()
    await publisher.release({ version: "1.0.0" })
    await publisher.catalog({ lifetime: 30 * DAY })
  })

  /** As it is published now, from then on for ever. */
  function mirror(source: string, damage: (files: Map<string, Uint8Array>) => void = () => {}): PublishedPlace {
    const releases = memoryReleases()
    for (const [path, bytes] of publisher.releases.files) releases.files.set(path, bytes)
    damage(releases.files)
    return { source, releases }
  }

  async function publishNext(): Promise<void> {
    await publisher.release({ version: "1.0.1" })
    await publisher.catalog({ at: later(NOW, 1000), lifetime: 30 * DAY })
  }

  it.each(["first", "last"])("is warned of and passed over when it is stale and asked %s", async turn => {
    const stale = mirror("https://stale.example.com")
    await publishNext()
    const good = { source: "https://good.example.com", releases: publisher.releases }
    const [first, second] = turn === "first" ? [stale, good] : [good, stale]
    const fetched = await customerOf(publisher).fetch({ ...first, mirrors: [second] })
    expect(fetched.version).toBe("1.0.1")
    expect(
      fetched.warnings.filter(warning => warning.startsWith("https://stale.example.com lags behind")),
    ).toHaveLength(1)
  })

  it("cannot take back a revocation that another place knows", async () => {
    const stale = mirror("stale")
    publisher.revoke("1.0.0")
    await publisher.catalog({ at: later(NOW, 1000) })
    const fetching = customerOf(publisher).fetch({ mirrors: [stale], selector: { version: "1.0.0" } })
    expect(await verdict(fetching)).toBe("version-revoked")
  })

  it("cannot hand out anything else under a name that the catalog gives a digest", async () => {
    for (const part of ["catalog/shards/", "manifest.json", ".gpg", "SHA256SUMS"]) {
      const lying = mirror("lying", files => {
        for (const [path, bytes] of files)
          if (path.includes(part))
            files.set(
              path,
              bytes.map(byte => byte ^ 1),
            )
      })
      const fetched = await customerOf(publisher).fetch({
        ...lying,
        mirrors: [{ source: "good", releases: publisher.releases }],
      })
      expect(fetched.version).toBe("1.0.0")
      expect(fetched.warnings.filter(warning => warning.startsWith("lying was not believed"))).toHaveLength(1)
    }
  })

  it("does not keep anybody from a release that it has lost", async () => {
    const empty = mirror("empty", files => {
      for (const path of files.keys()) if (path.startsWith("releases/")) files.delete(path)
    })
    const good = { source: "good", releases: publisher.releases }
    expect((await customerOf(publisher).fetch({ ...empty, mirrors: [good] })).version).toBe("1.0.0")
  })

  it("is held to what the other places have shown before", async () => {
    const stale = mirror("stale")
    await publishNext()
    const customer = customerOf(publisher)
    await customer.fetch({ source: "good", mirrors: [stale] })
    expect(await verdict(customer.fetch(stale))).toBe("catalog-rollback")
  })

  it("is not the only one to be named when no place is good", async () => {
    const unsigned = mirror("unsigned", files => {
      for (const path of files.keys()) if (path.startsWith("catalog/signatures/")) files.delete(path)
    })
    const refusal = await refusalOf(
      customerOf(publisher).fetch({ ...unsigned, mirrors: [mirror("bare", files => files.clear())] }),
    )
    expect(refusal.code).toBe("signature-missing")
    expect(refusal.message).toMatch(/^unsigned: /)
    expect(refusal.hint).toContain("bare: there is no catalog")
  })

  it("shows two signed catalogs of one age for what they are", async () => {
    const other = mirror("other")
    publisher.releases.files.clear()
    await publisher.catalog({ lifetime: 29 * DAY })
    expect(await verdict(customerOf(publisher).fetch({ mirrors: [other] }))).toBe("catalog-equivocation")
  })
})
