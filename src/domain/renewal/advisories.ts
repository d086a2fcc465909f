import intersects from "semver/ranges/intersects.js"
import type { Compatibility } from "../clients.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { type ReleaseRecord, selectableOf } from "../release.ts"
import type { Advisory } from "../revocation/campaigns.ts"
import { selects } from "../revocation/selector.ts"

/** The advisories that are published and concern a release, by their names. */
export function advisoriesFor(
  { subject, policies, moment }: Pick<BundlePlanning, "subject" | "policies" | "moment">,
  release: ReleaseRecord,
): readonly Advisory[] {
  return [...policies.advisories.values()]
    .filter(advisory => concerns(advisory, subject.bundle.fullName, release) && moment.reached(advisory.published))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Each kind of condition that is there must be met; without any, nothing is concerned. */
function concerns(
  { select, drivers, serials }: Advisory,
  bundle: BundlePlanning["subject"]["bundle"]["fullName"],
  release: ReleaseRecord,
): boolean {
  const tests = [
    Object.keys(select).length === 0 ? undefined : selects(select, selectableOf(bundle, release)),
    drivers === undefined ? undefined : promises(release.input.bundle.compatibility, drivers),
    serials === undefined ? undefined : liesBetween(release.certificate.serial, serials),
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
