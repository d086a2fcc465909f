import { formatInstant, type Instant } from "../domain/instant.ts"
import { algorithmOf } from "./keys.ts"
import { type Certificate, type GeneralName, type NameConstraints, sameBytes, verifyIssued } from "./x509-read.ts"

/** Longest path, and most certificates beside it, that are looked at: a hostile file shall not buy time. */
const PATH_MAXIMUM = 8
const POOL_MAXIMUM = 64

/**
 * The shortest path from `leaf` over `intermediates` to one of `roots` whose signatures all verify; without one, the
 * longest start of a path. At most eight certificates; nothing but names and signatures is judged, see {@link verifyChain}.
 */
export function buildChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
): readonly Certificate[] {
  const pool = poolOf(intermediates, roots)
  const trusted = new Set(roots.map(root => root.facts.sha256))
  const seen = new Set([leaf.facts.sha256])
  const paths: (readonly [Certificate, ...Certificate[]])[] = [[leaf]]
  let longest: readonly Certificate[] = [leaf]
  for (const path of paths) {
    const last = path.at(-1) ?? leaf
    if (trusted.has(last.facts.sha256)) return path
    if (path.length > longest.length) longest = path
    if (path.length === PATH_MAXIMUM) continue
    for (const issuer of pool) {
      if (seen.has(issuer.facts.sha256) || !verifyIssued(last, issuer)) continue
      seen.add(issuer.facts.sha256)
      paths.push([...path, issuer])
    }
  }
  return longest
}

/** Roots first: a path that ends early is the better one. */
function poolOf(intermediates: readonly Certificate[], roots: readonly Certificate[]): readonly Certificate[] {
  return [...roots, ...intermediates].slice(0, POOL_MAXIMUM)
}

export type ChainProblemKind =
  | "expired"
  | "not-yet-valid"
  | "leaf-is-ca"
  | "not-a-ca"
  | "may-not-issue"
  | "path-too-long"
  | "wrong-purpose"
  | "name-constraint"
  | "unknown-critical-extension"
  | "weak-key"
  | "weak-signature"
  | "bad-signature"
  | "unknown-issuer"

/** One thing that is wrong with one certificate of a chain. */
export interface ChainProblem {
  readonly kind: ChainProblemKind
  /** Subject of the certificate that it is about. */
  readonly subject: string
  readonly message: string
}

/**
 * Everything that is wrong with `leaf` at `now` for someone who trusts `roots` (RFC 5280 §6.1): none means that it may be
 * used. `purpose` is the extended key usage that every certificate of the path must allow, as OpenSSL has it.
 */
export function verifyChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  now: Instant,
  purpose?: string,
): readonly ChainProblem[] {
  const chain = buildChain(leaf, intermediates, roots)
  return [
    ...chain.flatMap(certificate => validityProblems(certificate, now)),
    ...chain.flatMap(strengthProblems),
    ...chain.flatMap(criticalProblems),
    ...chain.flatMap((certificate, depth) => roleProblems(certificate, depth, chain)),
    ...(purpose === undefined ? [] : chain.flatMap(certificate => purposeProblems(certificate, purpose))),
    ...chain.flatMap((certificate, depth) => constraintProblems(certificate, chain.slice(0, depth))),
    ...endProblems(chain.at(-1) ?? leaf, poolOf(intermediates, roots), roots),
  ]
}

function problem(kind: ChainProblemKind, certificate: Certificate, message: string): ChainProblem {
  return { kind, subject: certificate.facts.subject, message: `${certificate.facts.subject}: ${message}` }
}

function validityProblems(certificate: Certificate, now: Instant): ChainProblem[] {
  const { notBefore, notAfter } = certificate.facts
  if (now > notAfter) return [problem("expired", certificate, `expired at ${formatInstant(notAfter)}`)]
  if (now < notBefore) return [problem("not-yet-valid", certificate, `not valid before ${formatInstant(notBefore)}`)]
  return []
}

function strengthProblems(certificate: Certificate): ChainProblem[] {
  const { family, bits } = algorithmOf(certificate.publicKey)
  const found: ChainProblem[] = []
  if (bits < (family === "rsa" ? 2048 : 256)) {
    found.push(problem("weak-key", certificate, `its key has ${bits} bits${family === "rsa" ? " of RSA" : ""}`))
  }
  // Nobody verifies a root's own signature: trust in it comes from elsewhere.
  const hash = certificate.scheme?.hash
  if (!certificate.facts.selfSigned && (hash === "MD5" || hash === "SHA-1")) {
    found.push(problem("weak-signature", certificate, `its signature uses ${hash}`))
  }
  return found
}

function criticalProblems(certificate: Certificate): ChainProblem[] {
  return certificate.unknownCritical.map(oid =>
    problem("unknown-critical-extension", certificate, `critical extension ${oid} is not understood`),
  )
}

function roleProblems(certificate: Certificate, depth: number, chain: readonly Certificate[]): ChainProblem[] {
  const { basicConstraints, keyUsage } = certificate
  if (depth === 0) {
    return basicConstraints?.ca && chain.length > 1
      ? [problem("leaf-is-ca", certificate, "a CA is used as a leaf")]
      : []
  }
  const found: ChainProblem[] = []
  if (!basicConstraints?.ca) found.push(problem("not-a-ca", certificate, "issued a certificate without being a CA"))
  if (keyUsage !== undefined && !keyUsage.has("keyCertSign")) {
    found.push(problem("may-not-issue", certificate, "issued a certificate without key usage keyCertSign"))
  }
  // Self-issued certificates do not count (RFC 5280 §4.2.1.9).
  const below = chain.slice(1, depth).filter(each => !sameBytes(each.subject, each.issuer)).length
  const limit = basicConstraints?.pathLength
  if (limit !== undefined && below > limit) {
    found.push(problem("path-too-long", certificate, `allows ${limit} intermediates below it, got ${below}`))
  }
  return found
}

function purposeProblems(certificate: Certificate, purpose: string): ChainProblem[] {
  const usages = certificate.extendedKeyUsage
  if (usages === undefined || usages.includes(purpose) || usages.includes("2.5.29.37.0")) return []
  return [problem("wrong-purpose", certificate, `extended key usage: expected ${purpose}, got ${usages.join(", ")}`)]
}

function constraintProblems(authority: Certificate, below: readonly Certificate[]): ChainProblem[] {
  const constraints = authority.nameConstraints
  if (constraints === undefined) return []
  return below.flatMap(certificate =>
    namesOf(certificate)
      .filter(name => breaches(name, constraints))
      .map(name => problem("name-constraint", certificate, `${name.value} is outside of what its CA may name`)),
  )
}

function endProblems(
  last: Certificate,
  pool: readonly Certificate[],
  roots: readonly Certificate[],
): readonly ChainProblem[] {
  if (roots.some(root => root.facts.sha256 === last.facts.sha256)) return []
  const namesake = pool.some(each => sameBytes(each.subject, last.issuer) && !verifyIssued(last, each))
  return namesake && !last.facts.selfSigned
    ? [problem("bad-signature", last, `its signature is not by ${last.facts.issuer}`)]
    : [problem("unknown-issuer", last, `its issuer ${last.facts.issuer} is not known`)]
}

/** Every name that constraints speak of, the subject included (RFC 5280 §4.2.1.10). */
function namesOf(certificate: Certificate): readonly GeneralName[] {
  const { subject } = certificate.facts
  return [...certificate.alternativeNames, ...(subject === "" ? [] : [{ kind: "directory", value: subject } as const])]
}

/** Constraints of kinds that are not judged here forbid every name of their kind: they must not be ignored (RFC 5280 §4.2.1.10). */
function breaches(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  const judged = name.kind === "dns" || name.kind === "uri"
  const allowed = permitted.filter(each => each.kind === name.kind)
  const forbidden = excluded.filter(each => each.kind === name.kind)
  if (!judged) return allowed.length + forbidden.length > 0
  return forbidden.some(each => lies(name, each)) || (allowed.length > 0 && !allowed.some(each => lies(name, each)))
}

/** A DNS constraint takes in its subdomains; a URI constraint only when it begins with a full stop. */
function lies(name: GeneralName, within: GeneralName): boolean {
  const constraint = within.value.toLowerCase()
  const host = name.kind === "dns" ? name.value.toLowerCase() : hostOf(name.value)
  if (host === undefined) return false
  if (constraint === "" || host === constraint) return true
  if (constraint.startsWith(".")) return host.endsWith(constraint)
  return name.kind === "dns" && host.endsWith(`.${constraint}`)
}

function hostOf(uri: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1]
  return authority?.replace(/^.*@/, "").replace(/:\d*$/, "").toLowerCase()
}
