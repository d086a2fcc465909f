import { describe, expect, it } from "vitest"
import { later } from "../../../src/domain/instant.ts"
import type { ReleaseRecord } from "../../../src/domain/release.ts"
import type { Selector } from "../../../src/domain/revocation/selector.ts"
import { CATALOG_INDEX } from "../../../src/ports.ts"
import { parseCatalogIndex } from "../../../src/schema/documents.ts"
import { NOW } from "../../support/pgp.ts"
import { BUNDLE, customerOf, ISSUER_SHA256, makePublisher, type Publisher, verdict } from "../../support/published.ts"

const MINUTE = 60_000
const AT = later(NOW, MINUTE)

/** What a customer hears of the one version, once everything that the selector finds has been revoked. */
async function heard(select: (release: ReleaseRecord) => Selector, at = AT, after?: (publisher: Publisher) => void) {
  const publisher = await makePublisher()
  publisher.invalidate(select(await publisher.release()), at)
  await publisher.catalog({ at: later(NOW, 2 * MINUTE) })
  after?.(publisher)
  return verdict(customerOf(publisher).fetch({ now: later(NOW, 3 * MINUTE) }))
}

const HITS: readonly (readonly [member: string, (release: ReleaseRecord) => Selector])[] = [
  ["cluster", () => ({ clusters: ["payments-prod"] })],
  ["bundle", () => ({ bundles: ["*/check*"] })],
  ["environment", () => ({ environments: ["production"] })],
  ["owner", () => ({ owners: ["payments-team"] })],
  ["version", () => ({ versions: "1.x" })],
  ["issuer", () => ({ issuers: [ISSUER_SHA256] })],
  ["time", () => ({ issuedFrom: NOW, issuedBefore: AT })],
  ["serial", ({ certificate }) => ({ serials: [certificate.serial] })],
  ["key", ({ certificate }) => ({ keys: [certificate.spkiSha256] })],
  ["algorithm", () => ({ algorithms: ["P-256"] })],
  ["driver", () => ({ drivers: ["nodejs"] })],
]

describe("a customer", () => {
  it.each(HITS)("refuses what an invalidation selects by %s, though its shard says active", async (_member, select) => {
    expect(await heard(select)).toBe("version-revoked")
  })

  it("refuses what is selected by all of them together, and takes what one of them misses", async () => {
    const all = (release: ReleaseRecord) => Object.assign({}, ...HITS.map(([, select]) => select(release))) as Selector
    expect(await heard(all)).toBe("version-revoked")
    expect(await heard(release => ({ ...all(release), owners: ["shop-team"] }))).toBe("accepted")
  })

  it("takes what was published at the instant of the invalidation or after it", async () => {
    expect(await heard(() => ({ clusters: ["payments-prod"] }), NOW)).toBe("accepted")
  })

  it("refuses everything when it cannot read which versions are meant", async () => {
    expect(await heard(() => ({ versions: "those before the leak" }))).toBe("version-revoked")
  })

  it("believes no index with a selector that it does not know", async () => {
    const strange = (publisher: Publisher): void => {
      const text = new TextDecoder().decode(publisher.releases.files.get(CATALOG_INDEX))
      const changed = text.replace('"clusters": [', '"continents": [')
      expect(changed).not.toBe(text)
      publisher.releases.files.set(CATALOG_INDEX, new TextEncoder().encode(changed))
    }
    expect(await heard(() => ({ clusters: ["nowhere"] }), AT, strange)).toBe("catalog-malformed")
  })

  it("looks at the manifest that the catalog means, and at no other", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    publisher.invalidate({ owners: ["payments-team"] }, AT)
    await publisher.catalog({ at: later(NOW, 2 * MINUTE) })
    const path = `releases/${BUNDLE}/1.0.0/manifest.json`
    const text = new TextDecoder().decode(publisher.releases.files.get(path))
    publisher.releases.files.set(path, new TextEncoder().encode(text.replace("payments-team", "another-team")))
    const now = later(NOW, 3 * MINUTE)
    expect(await verdict(customerOf(publisher).fetch({ now }))).toBe("digest-mismatch")
    const index = publisher.releases.files.get(CATALOG_INDEX) ?? new Uint8Array()
    expect(parseCatalogIndex(index).invalidations).toHaveLength(1)
  })
})
