import type { Bundle } from "../bundle.ts"
import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import { type BundleHistory, type Invalidation, type ReleaseRecord, revocationOf } from "../release.ts"

/** What Cassandra should know of one cluster's bundles. An identity is admitted or dropped, never both. */
export interface Identities {
  /** In the order of the bundles' names. */
  readonly admitted: readonly AdmittedIdentity[]
  readonly dropped: readonly DroppedIdentity[]
}

export interface AdmittedIdentity {
  readonly identity: string
  readonly role: string
  readonly bundle: BundleName
  readonly keyspace?: string
  /** Revoked certificates that bear it too and have not expired: Cassandra cannot tell them from the good one. */
  readonly alsoRevoked: readonly { readonly version: string; readonly notAfter: Instant }[]
}

export interface DroppedIdentity {
  readonly identity: string
  readonly bundle: BundleName
  readonly reason: "revoked" | "no longer declared"
}

/**
 * Cassandra knows an identity, not a certificate: dropping one cuts off every certificate that bears it. So it is
 * dropped when no declared bundle has it any more, or when every version that was published with it is revoked.
 * `bundles` and `histories` are those of one cluster; a version that a person has revoked counts before it is recorded.
 */
export function identitiesOf(
  bundles: readonly Bundle[],
  histories: readonly BundleHistory[],
  now: Instant,
  invalidations: readonly Invalidation[] = [],
): Identities {
  const declared = [...bundles].sort(byText(bundle => bundle.fullName))
  const published = [...histories]
    .sort(byText(history => history.bundle))
    .flatMap(history => history.releases.map(release => ({ history, release })))
    .map(({ history, release }) => ({
      identity: release.certificate.identity,
      bundle: history.bundle,
      release,
      revoked: isTakenBack(release, history, invalidations, bundles),
    }))
  const bearersOf = (identity: string) => published.filter(each => each.identity === identity)
  const isCut = (identity: string) => bearersOf(identity).length > 0 && bearersOf(identity).every(each => each.revoked)

  const admitted = declared
    .filter(bundle => !isCut(bundle.identity))
    .map(({ identity, role, fullName, keyspace }) => ({
      identity,
      role,
      bundle: fullName,
      ...(keyspace === undefined ? {} : { keyspace }),
      alsoRevoked: bearersOf(identity)
        .filter(({ revoked, release }) => revoked && release.certificate.notAfter > now)
        .map(({ release }) => ({ version: release.version, notAfter: release.certificate.notAfter })),
    }))
  const kept = new Set(admitted.map(({ identity }) => identity))
  const gone = new Map(published.map(({ identity, bundle }) => [identity, bundle]))
  const dropped = [...gone]
    .filter(([identity]) => !kept.has(identity))
    .map(([identity, bundle]) => ({
      identity,
      bundle,
      reason: isCut(identity) ? ("revoked" as const) : ("no longer declared" as const),
    }))
  return { admitted, dropped: dropped.sort(byText(({ identity }) => identity)) }
}

function isTakenBack(
  { version }: ReleaseRecord,
  history: BundleHistory,
  invalidations: readonly Invalidation[],
  bundles: readonly Bundle[],
): boolean {
  const bundle = bundles.find(({ fullName }) => fullName === history.bundle)
  const recorded = revocationOf(invalidations, history, version) !== undefined
  return recorded || bundle?.versions.get(version)?.revoked !== undefined
}

function byText<T>(textOf: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0)
}
