import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { buildCatalog } from "../../src/app/catalog.ts"
import { sha256 } from "../../src/artifact/digest.ts"
import type { Instant } from "../../src/domain/instant.ts"
import type { BundleHistory, LedgerState } from "../../src/domain/release.ts"
import type { SignedCatalog, Signer } from "../../src/ports.ts"
import { parseCatalogIndex, parseCatalogShard } from "../../src/schema/documents.ts"
import { instant, ledgerState } from "../support/records.ts"
import { objectionsTo } from "../support/rollout.ts"

const DAY = 86_400_000

/** What is signed shows what it is made from; real signatures differ each time. */
const signer: Signer = {
  fingerprint: "",
  sign: async data => sha256(data),
  signAndEncrypt: async data => data,
}

/** Marks and moves that speak of versions that there are. */
const coherent: fc.Arbitrary<LedgerState> = ledgerState.map(state => ({
  ...state,
  bundles: new Map([...state.bundles].map(([name, history]) => [name, speakingOfItself(history)])),
}))

function speakingOfItself(history: BundleHistory): BundleHistory {
  const released = history.releases.map(({ version }) => version)
  const at = (index: number): string => released[index % Math.max(1, released.length)] ?? "1.0.0"
  return {
    ...history,
    marks: history.marks.map((mark, index) => ({ ...mark, version: at(index) })),
    moves: history.moves.map((move, index) => ({ ...move, channel: "stable", version: at(index) })),
  }
}

describe("the catalog", () => {
  it("is the same bytes for the same ledger and instant, in whatever order the ledger was read", async () => {
    await fc.assert(
      fc.asyncProperty(ledgerState, instant, async (state, now) => {
        const reversed = { ...state, bundles: new Map([...state.bundles].reverse()) }
        const [one, other] = await Promise.all([state, reversed].map(each => buildCatalog(each, now, DAY, signer)))
        expect(one).toEqual(other)
      }),
    )
  })

  it("at another instant differs in its index only", async () => {
    await fc.assert(
      fc.asyncProperty(ledgerState, instant, instant, async (state, now, then) => {
        const [one, other] = await Promise.all([now, then].map(each => buildCatalog(state, each, DAY, signer)))
        expect(one?.shards).toEqual(other?.shards)
        expect(shardsOf(one)).toEqual(shardsOf(other))
      }),
    )
  })

  it("holds every release of the ledger and says of each whether it is revoked; no channel points at a dead one", async () => {
    await fc.assert(
      fc.asyncProperty(coherent, instant, async (state, now) => {
        const { shards } = await buildCatalog(state, now, DAY, signer)
        const listed = [...shards.values()].map(parseCatalogShard)
        for (const history of state.bundles.values()) {
          const [cluster = "", name = ""] = history.bundle.split("/")
          const bundle = listed.find(shard => shard.cluster === cluster)?.bundles[name]
          const released = new Set(history.releases.map(release => release.version))
          expect(new Set(Object.keys(bundle?.versions ?? {}))).toEqual(released)
          for (const version of released) {
            expect(bundle?.versions[version]?.state === "revoked").toBe(isRevoked(history, version, now))
          }
          for (const { version, ahead } of Object.values(bundle?.channels ?? {})) {
            expect(objectionsTo(history, version, now)).toEqual([])
            if (ahead !== undefined) expect(objectionsTo(history, ahead.version, now)).toEqual([])
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})

const isRevoked = (history: BundleHistory, version: string, now: Instant) =>
  objectionsTo(history, version, now).includes("revoked")

function shardsOf(catalog: SignedCatalog | undefined) {
  return parseCatalogIndex(catalog?.index ?? new Uint8Array()).shards
}
