import intersects from "semver/ranges/intersects.js"
import type { Compatibility } from "../clients.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { type ReleaseRecord, selectableOf } from "../release.ts"
import type { Advisory } from "../revocation/campaigns.ts"
import { type Selectable, selects } from "../revocation/selector.ts"

type Circumstances = Pick<BundlePlanning, "subject" | "policies" | "moment">

/** The advisories that are published and concern a release, by their names. */
export function advisoriesFor(circumstances: Circumstances, release: ReleaseRecord): readonly Advisory[] {
  return advisoriesAbout(circumstances, selectableOf(circumstances.subject.bundle.fullName, release))
}

/** Those that would concern a version made now: no serial or key of it is known yet. */
export function advisoriesAhead(circumstances: Circumstances, version: string): readonly Advisory[] {
  const { subject, moment } = circumstances
  const { cluster, bundle } = subject.input
  return advisoriesAbout(circumstances, {
    bundle: subject.bundle.fullName,
    version,
    publishedAt: moment.now,
    cluster: cluster.name,
    environment: cluster.environment,
    owner: bundle.owner,
    issuerSha256: cluster.issuer[0],
    serial: undefined,
    spkiSha256: bundle.key.source === "csr" ? bundle.key.spkiSha256 : undefined,
    keyAlgorithm: bundle.key.algorithm,
    compatibility: bundle.compatibility,
  })
}

function advisoriesAbout({ policies, moment }: Circumstances, version: Selectable): readonly Advisory[] {
  return [...policies.advisories.values()]
    .filter(advisory => concerns(advisory, version) && moment.reached(advisory.published))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Each kind of condition that is there must be met; without any, nothing is concerned. */
function concerns({ select, drivers, serials }: Advisory, version: Selectable): boolean {
  const tests = [
    Object.keys(select).length === 0 ? undefined : selects(select, version),
    drivers === undefined ? undefined : promises(version.compatibility, drivers),
    serials === undefined ? undefined : version.serial !== undefined && liesBetween(version.serial, serials),
  ].filter(test => test !== undefined)
  return tests.length > 0 && tests.every(Boolean)
}

/** Whether a bundle was made for one of these versions of its drivers. */
function promises(compatibility: Compatibility, affected: ReadonlyMap<string, string>): boolean {
  return [...affected].some(([platform, range]) => {
    const promised = compatibility[platform]
    return promised !== undefined && intersects(promised, range, { includePrerelease: true })
  })
}

function liesBetween(serial: string, { from, to }: { readonly from: string; readonly to: string }): boolean {
  const number = numberOf(serial)
  return numberOf(from) <= number && number <= numberOf(to)
}

/** Serials are positive integers (RFC 5280 §4.1.2.2): leading zeros count for nothing. */
export function numberOf(serial: string): bigint {
  return BigInt(`0x${serial}`)
}
