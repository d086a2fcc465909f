import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import { EMPTY_LEDGER, type Invalidation, type Mark } from "../../../../src/domain/release.ts"
import {
  type IssuedBy,
  listNumber,
  nextLists,
  revokedByIssuer,
} from "../../../../src/domain/revocation/revocation-list.ts"
import { historyOf, inputOf, NAME, NOW, recordOf } from "../../../support/planning.ts"

const DAY = 86_400_000
const DATES = { thisUpdate: NOW, nextUpdate: later(NOW, 7 * DAY), number: "02" }

describe("the number of a list", () => {
  it("rises with the transactions, and within one with the seconds", () => {
    const numbers = [
      listNumber(1, NOW),
      listNumber(1, later(NOW, 1000)),
      listNumber(1, later(NOW, 10_000 * 365 * DAY)),
      listNumber(2, later(NOW, -365 * DAY)),
      listNumber(Number.MAX_SAFE_INTEGER, NOW),
    ].map(number => BigInt(`0x${number}`))
    expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)))
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  it("is of whole bytes, at most 20 of them (RFC 5280 §5.2.3)", () => {
    for (const sequence of [0, 1, 15, 16, 255, Number.MAX_SAFE_INTEGER]) {
      const number = listNumber(sequence, NOW)
      expect(number.length % 2).toBe(0)
      expect(number.length).toBeLessThanOrEqual(40)
    }
  })
})

describe("what an issuer lists", () => {
  const mark: Mark = {
    version: "1.0.0",
    at: later(NOW, 2 * DAY),
    kind: "revoked",
    revocation: { reason: "superseded" },
  }
  const invalidation: Invalidation = {
    name: "leak",
    at: later(NOW, DAY),
    select: { serials: ["0a", "0b"] },
    revocation: { reason: "keyCompromise" },
  }
  const certificate = (serial: string) => ({ ...recordOf().certificate, serial })
  const releases = [
    recordOf({ version: "1.0.0", certificate: certificate("0b") }),
    recordOf({ version: "1.1.0", certificate: certificate("0a") }),
    recordOf({ version: "1.2.0", certificate: certificate("0c") }),
    recordOf({ version: "2.0.0", certificate: certificate("0d"), input: inputOf({}, { issuer: ["a".repeat(64)] }) }),
  ]

  it("is revoked by whichever came first, the mark or the invalidation", () => {
    const bundles = new Map([[NAME, historyOf({ releases, marks: [mark] })] as const])
    const listed = (invalidations: readonly Invalidation[]) =>
      revokedByIssuer({ ...EMPTY_LEDGER, bundles, invalidations }).map(({ issuerSha256, clusters, revoked }) => ({
        issuer: issuerSha256[0],
        clusters,
        revoked: revoked.map(({ serial, reason, revokedAt }) => [serial, reason, (revokedAt - NOW) / DAY]),
      }))
    expect(listed([invalidation])).toEqual([
      { issuer: "a", clusters: ["payments-prod"], revoked: [] },
      {
        issuer: "b",
        clusters: ["payments-prod"],
        revoked: [
          ["0a", "keyCompromise", 1],
          ["0b", "keyCompromise", 1],
        ],
      },
    ])
    expect(listed([])[1]?.revoked).toEqual([["0b", "superseded", 2]])
  })
})

describe("the next list", () => {
  const entry = (serial: string, days: number) => ({
    serial,
    revokedAt: NOW,
    reason: "superseded" as const,
    notAfter: later(NOW, days * DAY),
  })
  const listed = (serial: string) => ({ serial, revokedAt: NOW, reason: "superseded" as const })
  const issued = (...revoked: IssuedBy["revoked"]): IssuedBy => ({
    issuerSha256: "b".repeat(64),
    clusters: ["payments-prod"],
    revoked,
    endsAt: later(NOW, 30 * DAY),
  })

  it("is complete, and the first has no delta", () => {
    const lists = nextLists(issued(entry("0a", 1), entry("0b", 2)), DATES, undefined)
    expect(lists).toEqual({ complete: { ...DATES, revoked: [listed("0a"), listed("0b")] } })
  })

  it("has in its delta what came and what left", () => {
    const previous = { thisUpdate: later(NOW, -DAY), number: "01", revoked: [listed("0a"), listed("0b")] }
    const { complete, delta } = nextLists(issued(entry("0b", 1), entry("0c", 1)), DATES, previous)
    expect(complete.revoked).toEqual([listed("0b"), listed("0c")])
    expect(delta).toEqual({
      ...DATES,
      base: "01",
      revoked: [listed("0c"), { ...listed("0a"), reason: "removeFromCRL" }],
    })
  })

  it("keeps what has expired since the one before, and drops what had expired by then (§3.3)", () => {
    const previous = { thisUpdate: later(NOW, -4 * DAY), number: "01", revoked: [] }
    const { complete } = nextLists(issued(entry("0a", -5), entry("0b", -3)), DATES, previous)
    expect(complete.revoked).toEqual([listed("0b")])
  })
})
