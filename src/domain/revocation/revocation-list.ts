import type { Revocation, RevocationReason } from "../bundle.ts"
import type { Instant } from "../instant.ts"
import {
  type BundleHistory,
  type Invalidation,
  invalidates,
  type LedgerState,
  type ReleaseRecord,
  selectableOf,
} from "../release.ts"

/** One line of a list (RFC 5280 §5.3). */
export interface RevokedCertificate {
  /** Lower-case hex. */
  readonly serial: string
  readonly revokedAt: Instant
  /** `removeFromCRL` stands in deltas only: it has left the list because its certificate has expired (§5.3.1). */
  readonly reason: RevocationReason | "removeFromCRL"
}

/** What an issuer signs about its certificates (RFC 5280 §5.1). */
export interface RevocationList {
  readonly thisUpdate: Instant
  readonly nextUpdate: Instant
  /** Lower-case hex, whole bytes; rises with every list (§5.2.3). */
  readonly number: string
  /** For a delta: the number of the complete list that it adds to (§5.2.4). */
  readonly base?: string
  readonly revoked: readonly RevokedCertificate[]
}

/** The newest complete list of an issuer, as far as the next one depends on it. */
export type PreviousList = Pick<RevocationList, "thisUpdate" | "number" | "revoked">

/** What the ledger knows of one issuer's certificates. */
export interface IssuedBy {
  /** SHA-256 of the issuing certificate. */
  readonly issuerSha256: string
  /** Clusters that it has issued for, sorted. */
  readonly clusters: readonly string[]
  readonly revoked: readonly (RevokedCertificate & { readonly notAfter: Instant })[]
  /** When the last certificate of it expires. */
  readonly endsAt: Instant
}

/**
 * (sequence, second) rises with the catalog, and the number with it: 40 bits of seconds below the count of transactions.
 * So no state has to be kept, and none can be set back by restoring it.
 */
export function listNumber(sequence: number, now: Instant): string {
  const digits = ((BigInt(sequence) << 40n) | BigInt(now / 1000)).toString(16)
  return digits.padStart(digits.length + (digits.length % 2), "0")
}

/** Issuers with all that is revoked of what they issued, in the order of their digests. */
export function revokedByIssuer({ bundles, invalidations }: LedgerState): readonly IssuedBy[] {
  const issuers = new Map<string, MutableIssued>()
  for (const history of bundles.values()) {
    for (const release of history.releases) {
      const [issuerSha256] = release.input.cluster.issuer
      if (issuerSha256 === undefined) continue
      const { serial, notAfter } = release.certificate
      const issuer = issuers.get(issuerSha256) ?? { clusters: new Set(), revoked: [], endsAt: notAfter }
      issuers.set(issuerSha256, issuer)
      issuer.clusters.add(release.input.cluster.name)
      if (issuer.endsAt < notAfter) issuer.endsAt = notAfter
      const event = firstRevocation(history, release, invalidations)
      if (event === undefined) continue
      issuer.revoked.push({ serial, revokedAt: event.at, reason: event.revocation.reason, notAfter })
    }
  }
  return [...issuers]
    .map(([issuerSha256, { clusters, revoked, endsAt }]) => ({
      issuerSha256,
      endsAt,
      clusters: [...clusters].sort(),
      revoked: revoked.sort((a, b) => (a.serial < b.serial ? -1 : 1)),
    }))
    .sort((a, b) => (a.issuerSha256 < b.issuerSha256 ? -1 : 1))
}

/**
 * The complete list, and what is new since the one before. A certificate that has expired stands on one more list and
 * then leaves (§3.3); its version stays revoked.
 */
export function nextLists(
  { revoked }: IssuedBy,
  dates: Pick<RevocationList, "thisUpdate" | "nextUpdate" | "number">,
  previous: PreviousList | undefined,
): { readonly complete: RevocationList; readonly delta?: RevocationList } {
  const listedUntil = previous?.thisUpdate ?? dates.thisUpdate
  const entries = revoked
    .filter(({ notAfter }) => notAfter > listedUntil)
    .map(({ notAfter: _past, ...entry }): RevokedCertificate => entry)
  const complete = { ...dates, revoked: entries }
  if (previous === undefined) return { complete }
  const [listed, known] = [entries, previous.revoked].map(each => new Set(each.map(({ serial }) => serial)))
  const added = entries.filter(({ serial }) => !known?.has(serial))
  const gone = previous.revoked
    .filter(({ serial }) => !listed?.has(serial))
    .map(({ serial, revokedAt }): RevokedCertificate => ({ serial, revokedAt, reason: "removeFromCRL" }))
  return { complete, delta: { ...dates, base: previous.number, revoked: [...added, ...gone] } }
}

interface MutableIssued {
  readonly clusters: Set<string>
  readonly revoked: IssuedBy["revoked"][number][]
  endsAt: Instant
}

/** By its own mark or by an invalidation, whichever came first. */
function firstRevocation(
  { bundle, marks }: BundleHistory,
  release: ReleaseRecord,
  invalidations: readonly Invalidation[],
): { readonly at: Instant; readonly revocation: Revocation } | undefined {
  const selectable = selectableOf(bundle, release)
  const own = marks.flatMap(mark =>
    mark.kind === "revoked" && mark.version === release.version ? [{ at: mark.at, revocation: mark.revocation }] : [],
  )
  const all = [...own, ...invalidations.filter(each => invalidates(each, selectable))]
  return all.sort((a, b) => a.at - b.at)[0]
}
