import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ScbError } from "../../src/domain/errors.ts"
import {
  formatCatalogIndex,
  formatCatalogShard,
  formatManifest,
  parseCatalogIndex,
  parseCatalogShard,
  parseManifest,
} from "../../src/schema/documents.ts"
import { formatLedger, parseLedger } from "../../src/schema/ledger.ts"
import { catalogIndex, catalogShard, ledgerState, manifest } from "../support/records.ts"

describe("what machines write", () => {
  it("a ledger reads back as it was written, and writes back as it was read", () => {
    fc.assert(
      fc.property(ledgerState, state => {
        const files = formatLedger(state)
        const read = parseLedger(files)
        expect(read).toEqual(state)
        expect(formatLedger(read)).toEqual(files)
      }),
    )
  })

  it("a manifest reads back as it was written", () => {
    fc.assert(
      fc.property(manifest, value => {
        expect(parseManifest(formatManifest(value))).toEqual(value)
      }),
    )
  })

  it("a catalog index reads back as it was written", () => {
    fc.assert(
      fc.property(catalogIndex, value => {
        expect(parseCatalogIndex(formatCatalogIndex(value))).toEqual(value)
      }),
    )
  })

  it("a catalog shard reads back as it was written", () => {
    fc.assert(
      fc.property(catalogShard, value => {
        expect(parseCatalogShard(formatCatalogShard(value))).toEqual(value)
      }),
    )
  })

  it("a manifest with any byte changed is refused or says something else", () => {
    fc.assert(
      fc.property(manifest, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, flip) => {
        const bytes = formatManifest(value)
        const index = place % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ flip
        const outcome = attempt(() => parseManifest(bytes))
        expect(outcome).not.toEqual(value)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ScbError)
      }),
    )
  })

  it("text of any other kind is refused as corrupt or malformed, never by a crash", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        const bytes = new TextEncoder().encode(text)
        expect(attempt(() => parseManifest(bytes))).toMatchObject({ code: "manifest-malformed" })
        expect(attempt(() => parseCatalogIndex(bytes))).toMatchObject({ code: "catalog-malformed" })
        expect(attempt(() => parseLedger(new Map([["ledger.yaml", text]])))).toMatchObject({ code: "ledger-corrupt" })
      }),
    )
  })
})

function attempt(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}
