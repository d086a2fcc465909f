import { describe, expect, it } from "vitest"
import type { Bundle, VersionDecision } from "../../../../src/domain/bundle.ts"
import { type Instant, later } from "../../../../src/domain/instant.ts"
import type { BundleHistory, ReleaseRecord } from "../../../../src/domain/release.ts"
import { type Identities, identitiesOf } from "../../../../src/domain/revocation/identities.ts"
import { START } from "../../../support/world.ts"

const DAY = 86_400_000
const OLD = "spiffe://example.com/old"
const NEW = "spiffe://example.com/new"

const bundle = (identity: string, versions: Readonly<Record<string, VersionDecision>> = {}): Bundle =>
  ({
    fullName: "prod/checkout",
    cluster: "prod",
    identity,
    role: "checkout_rw",
    keyspace: "shop",
    versions: new Map(Object.entries(versions)),
  }) as unknown as Bundle

interface Published {
  readonly version: string
  readonly identity: string
  readonly notAfter?: Instant
  readonly revoked?: boolean
}

function history(...published: readonly Published[]): BundleHistory {
  return {
    bundle: "prod/checkout",
    releases: published.map(
      ({ version, identity, notAfter = later(START, 30 * DAY) }) =>
        ({ version, certificate: { identity, notAfter } }) as ReleaseRecord,
    ),
    marks: published
      .filter(({ revoked }) => revoked)
      .map(({ version }) => ({ version, kind: "revoked", at: START, revocation: { reason: "keyCompromise" } })),
    moves: [],
    attempts: [],
  }
}

const admitted = ({ admitted }: Identities) => admitted.map(({ identity }) => identity)
const dropped = ({ dropped }: Identities) => dropped.map(({ identity, reason }) => [identity, reason])

describe("identitiesOf", () => {
  it("admits a bundle that was never published, with its role and keyspace", () => {
    expect(identitiesOf([bundle(NEW)], [], START)).toEqual({
      admitted: [{ identity: NEW, role: "checkout_rw", bundle: "prod/checkout", keyspace: "shop", alsoRevoked: [] }],
      dropped: [],
    })
  })

  it("drops what no declared bundle has any more", () => {
    const identities = identitiesOf([bundle(NEW)], [history({ version: "1.0.0", identity: OLD })], START)
    expect(admitted(identities)).toEqual([NEW])
    expect(dropped(identities)).toEqual([[OLD, "no longer declared"]])
    expect(dropped(identitiesOf([], [history({ version: "1.0.0", identity: OLD })], START))).toEqual([
      [OLD, "no longer declared"],
    ])
  })

  it("drops a declared identity of which every version is revoked, and does not admit it again", () => {
    const identities = identitiesOf([bundle(OLD)], [history({ version: "1.0.0", identity: OLD, revoked: true })], START)
    expect(admitted(identities)).toEqual([])
    expect(dropped(identities)).toEqual([[OLD, "revoked"]])
  })

  it("counts what a person has revoked before it is recorded", () => {
    const decided = bundle(OLD, { "1.0.0": { revoked: { reason: "keyCompromise" } } })
    expect(dropped(identitiesOf([decided], [history({ version: "1.0.0", identity: OLD })], START))).toEqual([
      [OLD, "revoked"],
    ])
  })

  it("keeps an identity that a good version has too, and tells of the revoked ones that still live", () => {
    const identities = identitiesOf(
      [bundle(OLD)],
      [
        history(
          { version: "1.0.0", identity: OLD, revoked: true, notAfter: later(START, -DAY) },
          { version: "1.1.0", identity: OLD, revoked: true },
          { version: "1.2.0", identity: OLD },
        ),
      ],
      START,
    )
    expect(dropped(identities)).toEqual([])
    expect(identities.admitted[0]?.alsoRevoked).toEqual([{ version: "1.1.0", notAfter: later(START, 30 * DAY) }])
  })

  it("tells a revoked identity that was replaced from one that is just gone", () => {
    const identities = identitiesOf(
      [bundle(NEW)],
      [history({ version: "1.0.0", identity: OLD, revoked: true }, { version: "1.1.0", identity: NEW })],
      START,
    )
    expect(admitted(identities)).toEqual([NEW])
    expect(dropped(identities)).toEqual([[OLD, "revoked"]])
  })
})
