import { formatInstant, type Instant } from "../domain/instant.ts"
import { canonicalJson, type Json } from "../domain/json.ts"

/** One flat object with a `kind`, as the gateway reports it. */
export interface FlatEvent {
  readonly kind: string
}

/** One JSON object a line (jsonlines.org), for log collectors. */
export function renderGatewayEventJson(event: FlatEvent, now: Instant): string {
  return `${canonicalJson({ at: formatInstant(now), ...event } as Json)}\n`
}

/** `2026-11-22T10:00:00Z connected peer=127.0.0.1:5000 hostId=…`. */
export function renderGatewayEventText(event: FlatEvent, now: Instant): string {
  const { kind, ...rest } = event
  const members = Object.entries(rest).map(([name, value]) => `${name}=${shown(value)}`)
  return `${[formatInstant(now), kind, ...members].join(" ")}\n`
}

/** Texts with spaces in quotes, so that a line falls apart where it should. */
function shown(value: unknown): string {
  const text = String(value)
  return /[\s"]/.test(text) ? JSON.stringify(text) : text
}
