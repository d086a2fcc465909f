import type { CqlOutcome, ProbeFailure } from "../../../domain/live/probes.ts"

/** Why a connection failed: a key of the drivers' own errors. */
export type FailureCause = "unreachable" | "client-certificate-refused" | "name-refused" | "tls-version" | "tls"

/** RFC 8446 §6.2. */
const ALERTS: Readonly<Record<number, string>> = {
  40: "handshake failure",
  42: "bad certificate",
  43: "unsupported certificate",
  44: "certificate revoked",
  45: "certificate expired",
  46: "certificate unknown",
  48: "unknown CA",
  49: "access denied",
  50: "decode error",
  51: "decrypt error",
  70: "protocol version",
  71: "insufficient security",
  80: "internal error",
  112: "unrecognized name",
  116: "certificate required",
}

/** What a server says that does not take the certificate which it was shown, or not shown. */
const ABOUT_CERTIFICATES: ReadonlySet<number> = new Set([42, 43, 44, 45, 46, 48, 49, 51, 116])

/** In TLS 1.3 also how a certificate is refused without a word. */
export const UNANSWERED = "closes the connection instead of an answer"

type Trouble = Pick<ProbeFailure, "reason" | "alert"> & { readonly stage?: ProbeFailure["stage"] }

export function failureCause({ stage, reason, alert }: Trouble): FailureCause {
  if (stage === "tcp") return "unreachable"
  if (alert !== undefined && ABOUT_CERTIFICATES.has(alert)) return "client-certificate-refused"
  if (alert === 112) return "name-refused"
  if (alert === 70 || /UNSUPPORTED_PROTOCOL|WRONG_VERSION|VERSION_TOO_LOW|NO_PROTOCOLS/.test(reason))
    return "tls-version"
  return "tls"
}

/** In words that follow "the metadata service" or the like. */
export function failureText({ stage, reason, alert }: Trouble): string {
  if (stage === "tcp") {
    if (reason === "ECONNREFUSED") return "refuses the connection: nothing listens there"
    if (reason === "ETIMEDOUT") return "does not answer: the address or a firewall is in the way"
    return `cannot be reached (${reason})`
  }
  if (alert !== undefined) {
    const name = ALERTS[alert] ?? "unknown"
    const whose = ABOUT_CERTIFICATES.has(alert) ? "refuses the client certificate" : "breaks off the handshake"
    return `${whose} with the TLS alert ${alert}, ${name}`
  }
  if (reason === "ETIMEDOUT")
    return stage === "answer" ? "does not answer in time" : "does not answer the TLS handshake"
  if (reason === "ECONNRESET") {
    return stage === "answer" ? UNANSWERED : "closes the connection in the TLS handshake"
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(reason)) return "does not speak TLS"
  return `fails in the TLS handshake (${reason})`
}

/** The failure that an outcome of a conversation is; undefined when the server said something. */
export function silence(outcome: CqlOutcome): Trouble | undefined {
  return outcome.kind === "silent" ? { ...outcome, stage: "answer" } : undefined
}
