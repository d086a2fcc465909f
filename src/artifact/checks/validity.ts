import type { Client } from "../../domain/clients.ts"
import { type Finding, finding } from "../../domain/findings.ts"
import { formatInstant, type Instant } from "../../domain/instant.ts"
import type { CertificateFacts } from "../../domain/repository.ts"

const DAY = 86_400_000
const SOON_DAYS = 30

/**
 * K7 for one certificate: an error that breaks `breaks` outside of its validity, a warning in its last 30 days.
 * Whoever issues for less than 90 days renews in the last third, so there the warning begins with that third.
 */
export function checkValidity(
  entry: string,
  { subject, notBefore, notAfter }: CertificateFacts,
  now: Instant,
  breaks: readonly Client[],
): readonly Finding[] {
  const say = (what: string, clients: readonly Client[], severity: "error" | "warning"): readonly Finding[] => [
    finding("K7", entry, `${subject} in ${entry} ${what}`, { breaks: clients, severity }),
  ]
  if (now > notAfter) return say(`expired at ${formatInstant(notAfter)}`, breaks, "error")
  if (now < notBefore) return say(`is not valid before ${formatInstant(notBefore)}`, breaks, "error")
  const soon = Math.min(SOON_DAYS * DAY, (notAfter - notBefore) / 3)
  return notAfter - now < soon ? say(`expires soon, at ${formatInstant(notAfter)}`, [], "warning") : []
}

/** K7: how long a leaf was issued for. */
export function checkLifetime(
  entry: string,
  { subject, notBefore, notAfter }: CertificateFacts,
  maximumDays: number,
): readonly Finding[] {
  const days = Math.round((notAfter - notBefore) / DAY)
  if (notAfter - notBefore <= maximumDays * DAY) return []
  const message = `${subject} in ${entry} is valid for ${days} days: expected at most ${maximumDays}`
  return [finding("K7", entry, message, { breaks: [], severity: "warning" })]
}
