import { CLIENTS } from "../../domain/clients.ts"
import { type Finding, finding } from "../../domain/findings.ts"
import type { Instant } from "../../domain/instant.ts"
import { EXTENDED_KEY_USAGE } from "../x509.ts"
import { type ChainProblemKind, verifyChain } from "../x509-chain.ts"
import { type Certificate, verifyIssued } from "../x509-read.ts"
import { readCertificateFile } from "./certificate-file.ts"
import { READERS } from "./readers.ts"
import { checkStrength } from "./strength.ts"
import { checkLifetime, checkValidity } from "./validity.ts"

export interface CheckedCertificate {
  readonly findings: readonly Finding[]
  /** Leaf first, and alone when what follows is not its chain; undefined while it is in doubt which one is the leaf. */
  readonly chain: readonly [Certificate, ...Certificate[]] | undefined
}

export interface CertificateExpectations {
  readonly now: Instant
  readonly maximumLifetimeDays: number
  /** Of ca.crt; empty when that cannot be read. */
  readonly anchors: readonly Certificate[]
  /** What the server verifies clients by, where that is known. */
  readonly serverClientCa: readonly Certificate[] | undefined
}

const ENTRY = "cert"

/** The cause of findings that break nobody whose server takes the certificate all the same; servers differ. */
export const SERVER_DECIDES = "server-decides"

/** K2, and K5 to K8 of the certificates that a client presents. */
export function checkClientCertificate(bytes: Uint8Array, expected: CertificateExpectations): CheckedCertificate {
  const file = readCertificateFile(bytes)
  if (typeof file === "string") return unusable(`cert ${file}`)
  const [leaf, ...issuers] = file
  if (leaf.facts.isCa && issuers.some(each => !each.facts.isCa)) {
    return unusable(`cert begins with the CA ${leaf.facts.subject}: expected the client's own certificate first`)
  }
  const disorder = checkOrder([leaf, ...issuers])
  const byServer = [
    ...disorder,
    ...checkLeaf(leaf),
    ...[leaf, ...issuers].flatMap(each => checkValidity(ENTRY, each.facts, expected.now, CLIENTS)),
    ...checkChain(leaf, issuers, expected, disorder.length === 0),
  ]
  return {
    findings: [
      ...byServer.map(each => ({ ...each, cause: SERVER_DECIDES })),
      ...checkLifetime(ENTRY, leaf.facts, expected.maximumLifetimeDays),
      ...[leaf, ...issuers].flatMap(each => checkStrength(ENTRY, each)),
    ],
    chain: disorder.length === 0 ? [leaf, ...issuers] : [leaf],
  }
}

function unusable(message: string): CheckedCertificate {
  return { findings: [finding("K2", ENTRY, message, { breaks: READERS[ENTRY] })], chain: undefined }
}

/** The TLS 1.2 order (RFC 5246 §7.4.2): each certificate is issued by the next. Only those who present this file are hurt. */
function checkOrder(chain: readonly Certificate[]): readonly Finding[] {
  const index = chain.findIndex((each, at) => at > 0 && !verifyIssued(chain[at - 1] ?? each, each))
  const [issued, next] = [chain[index - 1], chain[index]]
  if (issued === undefined || next === undefined) return []
  const message = `${next.facts.subject} follows in cert: expected the issuer of ${issued.facts.subject}`
  return [finding("K2", ENTRY, message, { breaks: READERS[ENTRY] })]
}

function checkLeaf({ facts, keyUsage, extendedKeyUsage }: Certificate): readonly Finding[] {
  if (facts.isCa) {
    return [finding("K2", ENTRY, `${facts.subject} is a CA: expected CA:FALSE for a client`, { breaks: CLIENTS })]
  }
  const found: Finding[] = []
  if (keyUsage?.has("digitalSignature") === false) {
    found.push(unfit(`${facts.subject} has key usage ${[...keyUsage].join(", ")}: expected digitalSignature among it`))
  }
  // verifyChain accepts anyExtendedKeyUsage as Java does; OpenSSL and .NET look for clientAuth by name.
  if (extendedKeyUsage?.includes(ANY_USAGE) && !extendedKeyUsage.includes(EXTENDED_KEY_USAGE.clientAuth)) {
    found.push(unfit(`${facts.subject} has any extended key usage: expected clientAuth by name`))
  }
  return found
}

const ANY_USAGE = "2.5.29.37.0"

function unfit(message: string): Finding {
  return finding("K5", ENTRY, message, { breaks: CLIENTS })
}

/**
 * What a server would say of the chain (RFC 5280 §6.1). Validity and strength have their own checks, and so have
 * certificates that only ca.crt holds.
 */
function checkChain(
  leaf: Certificate,
  issuers: readonly Certificate[],
  { anchors, serverClientCa, now }: CertificateExpectations,
  ordered: boolean,
): readonly Finding[] {
  const presented = new Set([leaf, ...issuers].map(certificate => certificate.facts.subject))
  const problems = verifyChain(leaf, issuers, serverClientCa ?? anchors, now, EXTENDED_KEY_USAGE.clientAuth)
  return problems.flatMap(({ kind, subject, message }) => {
    const row = presented.has(subject) ? ROWS[kind] : undefined
    if (row === "K6") return ordered ? checkOrigin(leaf, issuers, serverClientCa !== undefined, message) : []
    return row === undefined ? [] : [finding(row, ENTRY, message, { breaks: CLIENTS })]
  })
}

const ROWS: Readonly<Record<ChainProblemKind, "K2" | "K5" | "K6" | undefined>> = {
  "not-a-ca": "K2",
  "may-not-issue": "K2",
  "path-too-long": "K2",
  "name-constraint": "K2",
  "wrong-purpose": "K5",
  "unknown-critical-extension": "K5",
  "bad-signature": "K6",
  "unknown-issuer": "K6",
  // Each of these is said elsewhere.
  "leaf-is-ca": undefined,
  expired: undefined,
  "not-yet-valid": undefined,
  "weak-key": undefined,
  "weak-signature": undefined,
}

/**
 * K6. Clients commonly have a CA of their own, which ca.crt, the server's, need not hold: a leaf that brings its issuers
 * along is taken at its word unless the server's client CA is given. A lone leaf of an unknown issuer is suspicious.
 */
function checkOrigin(
  { facts }: Certificate,
  issuers: readonly Certificate[],
  serverIsKnown: boolean,
  message: string,
): readonly Finding[] {
  if (serverIsKnown) {
    return [
      finding("K6", ENTRY, `${message}: expected the client CA of the server`, { breaks: CLIENTS, severity: "error" }),
    ]
  }
  if (issuers.length > 0) return []
  const origin = facts.selfSigned
    ? "it is its own issuer"
    : `its issuer ${facts.issuer} is neither in cert nor in ca.crt`
  return [finding("K6", ENTRY, `${facts.subject} leads to no known CA: ${origin}`, { breaks: [] })]
}
