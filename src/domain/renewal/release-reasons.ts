import { formatInstant } from "../instant.ts"
import { isRenewedFor } from "../lifecycle/renewal.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { decidedStanding } from "../plan/standing.ts"
import type { Trigger } from "../policies.ts"
import { type ReleaseRecord, revocationOf } from "../release.ts"
import { changedMembers } from "../release-input.ts"
import { campaignDue, replacementWaits } from "../revocation/campaign-waves.ts"
import { advisoriesFor } from "./advisories.ts"
import { endsWithIssuer, renewalAt } from "./renewal.ts"

/** Why a version is released, in the order in which they are asked: the first that applies is the one recorded. */
export const RELEASE_REASONS = [
  "first-release",
  "revoked",
  "expired",
  "issuer-changed",
  "trust-changed",
  "identity-changed",
  "endpoint-changed",
  "key-policy-changed",
  "advisory",
  "recipient-removed",
  "input-changed",
  "driver-range-changed",
  "lifetime-policy-changed",
  "layout-changed",
  "reissue-requested",
  "issuer-ending",
  "renewal-due",
] as const
export type ReleaseReason = (typeof RELEASE_REASONS)[number]

/** A reason that applies, in plain words. */
export interface DueRelease {
  readonly reason: ReleaseReason
  readonly cause: string
}

/** What sets a reason off, and with it whether policy may only tell people of it; `always`: never mind the policy. */
export const TRIGGER_OF: Readonly<Record<ReleaseReason, Trigger | "always">> = {
  "first-release": "always",
  revoked: "always",
  expired: "always",
  "issuer-changed": "configuration",
  "trust-changed": "configuration",
  "identity-changed": "configuration",
  "endpoint-changed": "configuration",
  "key-policy-changed": "configuration",
  advisory: "advisory",
  "recipient-removed": "configuration",
  "input-changed": "configuration",
  "driver-range-changed": "driver-catalogue",
  "lifetime-policy-changed": "policy",
  "layout-changed": "policy",
  "reissue-requested": "always",
  "issuer-ending": "expiry",
  "renewal-due": "expiry",
}

/** All reasons that apply, in their order, found one by one. None: the bundle is as it should be. */
export function* applyingReasons(planning: BundlePlanning): Generator<DueRelease, void> {
  const { good, history, ledger, moment } = planning
  const standing = good && decidedStanding(ledger.invalidations, history, good.version, moment)
  for (const reason of RELEASE_REASONS) {
    if (standing !== undefined && !isRenewedFor(standing, reason)) continue
    const cause = CHECKS[reason](planning)
    if (cause !== undefined) yield { reason, cause }
  }
}

/** Plain words where the reason applies. */
type Check = (planning: BundlePlanning) => string | undefined

const CHECKS: Readonly<Record<ReleaseReason, Check>> = {
  "first-release": ({ history }) => (history.releases.length === 0 ? "first release" : undefined),

  // an older version that is as good as what was revoked takes its place, without a new one
  revoked(planning) {
    const { subject, history, ledger, good, moment } = planning
    const last = history.releases.at(-1)
    if (last === undefined || revocationOf(ledger.invalidations, history, last.version) === undefined) return undefined
    if (good?.inputDigest === subject.inputDigest && !moment.reached(good.certificate.notAfter)) return undefined
    return replacementWaits(planning) === undefined ? `replaces revoked ${last.version}` : undefined
  },

  expired: ofGood(({ moment }, { version, certificate }) =>
    moment.reached(certificate.notAfter) ? `certificate of ${version} has expired` : undefined,
  ),

  "issuer-changed": ofChange("cluster.issuer"),
  "trust-changed": ofChange("cluster.trust"),
  "identity-changed": ofChange("bundle.identity", "bundle.role"),
  "endpoint-changed": ofChange("cluster.host", "cluster.metadataPort", "cluster.cqlPort"),
  "key-policy-changed": ofChange("bundle.key"),

  advisory: ofGood((planning, good) => {
    const advisory = advisoriesFor(planning, good).find(
      ({ response, published }) => response === "reissue" && good.publishedAt < published,
    )
    return advisory === undefined ? undefined : `advisory ${advisory.name}: ${advisory.summary}`
  }),

  "recipient-removed": ofGood(({ subject }, { input }) => {
    const gone = input.bundle.recipients.filter(each => !subject.input.bundle.recipients.includes(each))
    return gone.length === 0 ? undefined : `no longer for ${gone.join(", ")}`
  }),

  // whatever the owners of bundle and cluster write themselves
  "input-changed": ofGood((planning, good) => {
    const changed = changes(planning, good)
    return changed.some(each => !MADE_BY_POLICY.some(member => isWithin(member, each))) ? changeOf(changed) : undefined
  }),
  "driver-range-changed": ofChange("bundle.compatibility"),
  "lifetime-policy-changed": ofChange("bundle.lifetime"),
  "layout-changed": ofChange("layout"),

  "reissue-requested": ofGood((planning, good) => {
    const { reissue } = planning.subject.bundle
    const asked = reissue !== undefined && good.publishedAt < reissue.before && planning.moment.reached(reissue.before)
    return asked ? reissue.reason : campaignDue(planning)?.words
  }),

  "issuer-ending": ofGood(({ subject: { issuerEndsAt }, moment }, { version, certificate }) => {
    const outlives = issuerEndsAt !== undefined && issuerEndsAt < certificate.notAfter && !moment.reached(issuerEndsAt)
    return outlives ? `${version} is of no use after the end of its issuer, ${formatInstant(issuerEndsAt)}` : undefined
  }),

  "renewal-due": ofGood(({ subject, policies, moment }, good) => {
    const { fullName } = subject.bundle
    if (endsWithIssuer(subject, good.certificate) || !moment.reached(renewalAt(fullName, good, policies.renewal))) {
      return undefined
    }
    return `renews ${good.version}, which expires on ${formatInstant(good.certificate.notAfter)}`
  }),
}

/** Of bundles that have a version that is not revoked. */
function ofGood(check: (planning: BundlePlanning, good: ReleaseRecord) => string | undefined): Check {
  return planning => (planning.good === undefined ? undefined : check(planning, planning.good))
}

/** Members of the release input that other files decide than those of bundle and cluster. */
const MADE_BY_POLICY = ["bundle.compatibility", "bundle.lifetime", "layout"]

/** One of these members of the release input is another than the good version's, or has one inside that is. */
function ofChange(...members: readonly string[]): Check {
  return ofGood((planning, good) => {
    const changed = changes(planning, good)
    return changed.some(each => members.some(member => isWithin(member, each))) ? changeOf(changed) : undefined
  })
}

function changeOf(members: readonly string[]): string {
  return `changed: ${members.join(", ")}`
}

function changes({ subject }: BundlePlanning, good: ReleaseRecord): readonly string[] {
  return good.inputDigest === subject.inputDigest ? [] : changedMembers({ ...good.input }, { ...subject.input })
}

function isWithin(member: string, changed: string): boolean {
  return changed === member || changed.startsWith(`${member}.`)
}
