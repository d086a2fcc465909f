/** One look at a live server, and what came of it. Whatever goes wrong is an answer; `millis` is how long it took. */

/** Where a look ended that did not get through. */
export interface ProbeFailure {
  readonly kind: "failed"
  readonly stage: "tcp" | "tls" | "answer"
  /** The system's own word: ECONNREFUSED, ETIMEDOUT, ECONNRESET, ERR_SSL_…. */
  readonly reason: string
  /** TLS alert that the server sent (RFC 8446 §6). */
  readonly alert?: number
  readonly millis: number
}

export interface NameAnswer {
  /** A records by a query to the name servers, as Node.js resolves the proxy. */
  readonly ipv4: NameLookup
  readonly ipv6: NameLookup
  /** getaddrinfo: /etc/hosts too, as everybody else resolves. In the system's order. */
  readonly system: NameLookup
  readonly millis: number
}

export type NameLookup =
  | { readonly kind: "found"; readonly addresses: readonly string[] }
  /** ENOTFOUND, ENODATA, ETIMEOUT, … */
  | { readonly kind: "failed"; readonly reason: string }

export interface Place {
  /** An IP address. */
  readonly address: string
  readonly port: number
}

/** What a client presents. PEM; never part of an answer. */
export interface ProbeIdentity {
  readonly certificatePem: string
  readonly keyPem: string
}

export type TlsVersion = "TLSv1.2" | "TLSv1.3"

export interface TlsProbe extends Place {
  /** Sent as SNI (RFC 6066 §3) when present. */
  readonly serverName?: string
  /** With 1.3, 1.2 is the lowest that is offered; with 1.2, as by those who speak no 1.3, even 1.0. */
  readonly highest: TlsVersion
  /** Absent: no certificate. */
  readonly identity?: ProbeIdentity
}

/** A handshake that was completed. Nothing was verified. */
export interface TlsFacts {
  readonly version: string
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
}

export interface HttpProbe extends TlsProbe {
  readonly httpVersion: "1.0" | "1.1"
  readonly host: string
  readonly path: string
}

export type HttpAnswer =
  | ProbeFailure
  | {
      readonly kind: "answered"
      readonly tls: TlsFacts
      /** What came, piece by piece: one TLS record each, and no more than {@link HTTP_ANSWER_MAXIMUM} bytes in all. */
      readonly pieces: readonly Uint8Array[]
      readonly ended: "complete" | "closed" | "too-large" | "timeout"
      readonly millis: number
    }

/** An answer of this service has a few hundred bytes. */
export const HTTP_ANSWER_MAXIMUM = 64 * 1024

export interface CqlProbe extends TlsProbe {
  readonly login?: CqlLogin
}

export interface CqlLogin {
  readonly username: string
  readonly password: string
}

/**
 * Whether a login is a formality: Cassandra 5.0's authenticators by certificate send AUTHENTICATE as well, and do not
 * look at the answer.
 */
export function isByCertificate(authenticator: string): boolean {
  return /\.MutualTls\w*Authenticator$/.test(authenticator)
}

export type CqlAnswer =
  | ProbeFailure
  | {
      readonly kind: "answered"
      readonly tls: TlsFacts
      readonly outcome: CqlOutcome
      readonly millis: number
    }

export type CqlOutcome =
  /** With the authenticator that wanted the login, where one did. */
  | { readonly kind: "in"; readonly node: NodeFacts; readonly authenticator?: string }
  /** PasswordAuthenticator or its like, and there was no login to give. */
  | { readonly kind: "login-wanted"; readonly authenticator: string }
  /** The server's own words, at STARTUP, after the login or to the query. */
  | { readonly kind: "refused"; readonly code: number; readonly message: string; readonly loggedIn: boolean }
  /** The connection ended, or nothing came: in TLS 1.3 this is how a client certificate is refused. */
  | { readonly kind: "silent"; readonly reason: string; readonly alert?: number }
  | { readonly kind: "malformed"; readonly problem: string }

/** What a node says of itself in `system.local`, and of others. */
export interface NodeFacts {
  /** Lower case. */
  readonly hostId: string
  readonly datacenter: string
  readonly release: string
  /** Host ids in `system.peers`, lower case. */
  readonly peers: readonly string[]
}

export type TcpAnswer = ProbeFailure | { readonly kind: "open"; readonly millis: number }
