import { type Instant, instantFromMillis, later } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Desired } from "../plan/desired.ts"
import type { RenewalPolicy } from "../policies.ts"
import type { IssuedCertificate, ReleaseRecord } from "../release.ts"
import { stableShare } from "../stable-hash.ts"

type Validity = Pick<IssuedCertificate, "notBefore" | "notAfter">

/** What renewal looks at. */
export type Renewable = Pick<ReleaseRecord, "version" | "publishedAt"> & { readonly certificate: Validity }

/**
 * When a certificate is to be renewed: at a share of its actual life, whatever was asked for, so that no lifetime is too
 * short for it. Earlier by up to the jitter, never later, so that what was issued together is not renewed together. Its
 * life begins when it is given out: one that is backdated by most of it would be due at once.
 */
export function renewalAt(
  bundle: BundleName,
  { version, publishedAt, certificate }: Renewable,
  { afterPercent, jitterPercent }: Pick<RenewalPolicy, "afterPercent" | "jitterPercent">,
): Instant {
  const { notBefore, notAfter } = certificate
  const jitter = Math.min(jitterPercent, afterPercent / 2) * stableShare(`${bundle} ${version}`)
  return partOf(
    { notBefore: publishedAt > notBefore ? publishedAt : notBefore, notAfter },
    (afterPercent - jitter) / 100,
  )
}

/** From then on a certificate without a successor is an emergency: a tenth of its life is left. */
export function emergencyAt(certificate: Validity): Instant {
  return partOf(certificate, 0.9)
}

/** When a certificate that is issued at `now` ends: no later than what vouches for it (RFC 5280 §6.1). */
export function plannedEnd({ bundle, issuerEndsAt }: Pick<Desired, "bundle" | "issuerEndsAt">, now: Instant): Instant {
  const asked = later(now, bundle.lifetime)
  return issuerEndsAt !== undefined && issuerEndsAt < asked ? issuerEndsAt : asked
}

/** Another certificate would end at the same time: renewing again and again up to the issuer's end helps nobody. */
export function endsWithIssuer({ issuerEndsAt }: Pick<Desired, "issuerEndsAt">, { notAfter }: Validity): boolean {
  return issuerEndsAt !== undefined && notAfter >= issuerEndsAt
}

function partOf({ notBefore, notAfter }: Validity, share: number): Instant {
  return instantFromMillis(notBefore + (notAfter - notBefore) * share)
}
