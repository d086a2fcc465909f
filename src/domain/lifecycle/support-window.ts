import { earliest, type Instant } from "../instant.ts"
import type { DeprecationSchedule } from "../release.ts"

/** Until when a version is supported, unless it is revoked. */
export interface SupportWindow {
  readonly from: Instant
  /** Given out by channels, and renewed for any reason. */
  readonly fullUntil: Instant
  /** Given out to those who ask for it, and renewed for reasons of security. */
  readonly securityUntil: Instant
  /** Of no use to any driver from then on: the end of its certificate. */
  readonly usableUntil: Instant
}

/**
 * Of a version on its way out: by its own dates. Of any other: by those that it would have if it were deprecated now,
 * which is what its users are promised at the least.
 */
export function supportWindow(
  { publishedAt, notAfter }: { readonly publishedAt: Instant; readonly notAfter: Instant },
  { limitedAt, endOfLifeAt }: Pick<DeprecationSchedule, "limitedAt" | "endOfLifeAt">,
): SupportWindow {
  return {
    from: publishedAt,
    fullUntil: earliest(limitedAt, notAfter),
    securityUntil: earliest(endOfLifeAt, notAfter),
    usableUntil: notAfter,
  }
}
