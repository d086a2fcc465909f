import { checkStrength } from "../../artifact/checks/strength.ts"
import { decodeCertificates, encodePem } from "../../artifact/pem.ts"
import { type Certificate, readCertificate } from "../../artifact/x509-read.ts"
import type { Cluster } from "../../domain/cluster.ts"
import { ScbError } from "../../domain/errors.ts"
import { formatInstant, type Instant } from "../../domain/instant.ts"
import { textOf } from "../read-repository.ts"
import { type EditScene, Refusal } from "./proposal.ts"

/** A file of certificates that somebody brings. */
export interface CertificateFile {
  /** Without folders. */
  readonly name: string
  readonly pem: string
}

export interface PlacedCertificates {
  /** In the repository. */
  readonly path: string
  /** As cluster.yaml names it. */
  readonly written: string
  /** Certificates alone: whatever else stood in the file was not taken. */
  readonly text: string
  readonly digests: readonly string[]
}

/**
 * What a cluster is to trust or accept is looked at before anybody gets it: certificates of CAs that are in force, may
 * sign (RFC 5280 §4.2.1.3) and are as strong as checks of bundles want them. Throws {@link Refusal}.
 */
export function placeCertificates(
  { name, pem }: CertificateFile,
  { file }: Cluster,
  scene: EditScene,
): PlacedCertificates {
  if (!/^[A-Za-z0-9][\w.-]*\.(?:crt|pem)$/.test(name)) {
    throw new Refusal(`expected a file called .crt or .pem, got ${JSON.stringify(name)}`)
  }
  const certificates = decoded(name, pem)
  for (const certificate of certificates) {
    const problem = authorityProblem(certificate, scene.moment.now)
    if (problem !== undefined) throw new Refusal(`${name}: ${problem}`)
  }
  const text = certificates.map(({ der }) => encodePem("CERTIFICATE", der)).join("")
  const path = file.replace(/[^/]+$/, `ca/${name}`)
  if (scene.tree.has(path) && textOf(scene.tree, path) !== text) {
    throw new Refusal(`there is another ${path} already`, "give the new file a name of its own, e.g. with its year")
  }
  return { path, written: `ca/${name}`, text, digests: certificates.map(({ facts }) => facts.sha256) }
}

/** Drivers end a chain at a root alone. Throws {@link Refusal}. */
export function requireRoot({ name, pem }: CertificateFile): void {
  const [first] = decoded(name, pem)
  if (first?.facts.selfSigned === true) return
  throw new Refusal(`${name}: ${first?.facts.subject} is not self-signed: expected a root first`)
}

function decoded(name: string, pem: string): readonly Certificate[] {
  try {
    return decodeCertificates(pem).map(readCertificate)
  } catch (error) {
    if (error instanceof ScbError) throw new Refusal(`${name}: ${error.message}`)
    throw error
  }
}

function authorityProblem(certificate: Certificate, now: Instant): string | undefined {
  const { facts, keyUsage } = certificate
  const { subject } = facts
  if (!facts.isCa) return `${subject} is not a CA: expected CA:TRUE`
  if (keyUsage?.has("keyCertSign") === false) return `${subject} may not sign certificates: expected keyCertSign`
  if (facts.notAfter <= now) return `${subject} expired on ${formatInstant(facts.notAfter)}`
  if (now < facts.notBefore) return `${subject} is valid from ${formatInstant(facts.notBefore)} on`
  return checkStrength("ca.crt", certificate)[0]?.message
}
