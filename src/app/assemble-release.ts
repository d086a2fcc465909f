import { type AssembledBundle, assembleBundle } from "../artifact/bundle.ts"
import { checkBundle } from "../artifact/checks/check-bundle.ts"
import { fileDigest } from "../artifact/digest.ts"
import { type KeyDerivation, keyDerivation } from "../artifact/pkcs12-kdf.ts"
import type { PlatformCatalogue } from "../artifact/platforms.ts"
import { skeletonOf } from "../artifact/skeleton.ts"
import { formatSums } from "../artifact/sums.ts"
import { certificateFacts } from "../artifact/x509-read.ts"
import { ScbError } from "../domain/errors.ts"
import type { Finding } from "../domain/findings.ts"
import { GENERATOR } from "../domain/generator.ts"
import { later } from "../domain/instant.ts"
import {
  MANIFEST_NAME,
  type Manifest,
  payloadName,
  plaintextName,
  SIGNATURE_NAME,
  SUMS_NAME,
} from "../domain/manifest.ts"
import type { FileDigest, IssuedCertificate, ReleaseRecord } from "../domain/release.ts"
import type { GateResult } from "../domain/rollout/gates.ts"
import { buildChecks } from "../domain/rollout/quality.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Authority, Entropy, Signer } from "../ports.ts"
import { formatManifest } from "../schema/documents.ts"
import type { BuildOrder, BuiltRelease } from "./build-order.ts"

export interface AssemblyTools {
  readonly authority: Authority
  readonly signer: Signer
  readonly entropy: Entropy
  readonly platforms: PlatformCatalogue
  /** Milliseconds on a clock that only goes forward: what the build takes is one of its qualities. */
  readonly millis: () => number
}

/** Key, certificate, stores, ZIP, manifest, signature, encryption. Private keys exist only in memory, between here and the payload. */
export async function assembleRelease(order: BuildOrder, tools: AssemblyTools): Promise<BuiltRelease> {
  const began = tools.millis()
  const derivation = keyDerivation()
  const { certificate, bundle } = await fillBundle(order, tools, derivation)
  const findings = selfCheck(order, bundle, derivation)
  const skeletonSha256 = skeletonOf(bundle.zip).sha256
  requireRenewal(order, skeletonSha256)
  const { cluster, name } = { cluster: order.input.cluster.name, name: order.input.bundle.name }
  const plaintext = fileDigest(plaintextName(cluster, name), bundle.zip)
  const payload = await tools.signer.signAndEncrypt(bundle.zip, order.recipients, plaintext.name, order.now)
  const manifest = describe(
    order,
    certificate,
    bundle.files,
    plaintext,
    fileDigest(payloadName(cluster, name), payload),
    skeletonSha256,
  )
  const manifestBytes = formatManifest(manifest)
  const signature = encodeUtf8(await tools.signer.sign(manifestBytes, order.now))
  const published = [fileDigest(MANIFEST_NAME, manifestBytes), fileDigest(SIGNATURE_NAME, signature), manifest.payload]
  const millis = Math.round(tools.millis() - began)
  const gates = [
    ...order.gates,
    ...buildChecks(order.checks, order.change, { findings, bytes: bundle.zip.length, millis }),
  ]
  requireQuality(order, gates)
  return {
    record: recordOf(manifest, fileDigest(MANIFEST_NAME, manifestBytes), { ...order, gates }),
    assets: new Map([
      [manifest.payload.name, payload],
      [MANIFEST_NAME, manifestBytes],
      [SIGNATURE_NAME, signature],
      [SUMS_NAME, encodeUtf8(formatSums(published))],
    ]),
  }
}

/** What the ledger remembers of a release, whether it was built now or taken up from a run that was cut off. */
export function recordOf(
  manifest: Manifest,
  manifestDigest: FileDigest,
  order: Pick<BuildOrder, "gates" | "input" | "now">,
): ReleaseRecord {
  const { class: change, reason, cause } = manifest.change
  return {
    version: manifest.version,
    publishedAt: order.now,
    change,
    reason,
    cause,
    commit: manifest.source.commit,
    policyDigest: manifest.source.policyDigest,
    inputDigest: manifest.source.inputDigest,
    input: order.input,
    certificate: manifest.certificate,
    manifest: manifestDigest,
    payload: manifest.payload,
    skeletonSha256: manifest.skeletonSha256,
    generator: manifest.generator,
    ...(manifest.predecessor === null ? {} : { predecessor: manifest.predecessor.version }),
    ...(order.gates.length === 0 ? {} : { gates: order.gates }),
  }
}

interface FilledBundle {
  readonly certificate: IssuedCertificate
  readonly bundle: AssembledBundle
}

async function fillBundle(order: BuildOrder, tools: AssemblyTools, derivation: KeyDerivation): Promise<FilledBundle> {
  const { cluster, bundle } = order.input
  const pair = bundle.key.source === "generated" ? await tools.entropy.keyPair(bundle.key.algorithm) : undefined
  const publicKey = pair?.publicKey ?? order.requestedKey
  if (publicKey === undefined) throw new Error(`build order of ${order.bundle} has neither a key to make nor a request`)
  const { certificates: chain } = await tools.authority.issue({
    publicKey,
    commonName: bundle.name,
    identity: bundle.identity,
    serial: tools.entropy.bytes(16),
    notBefore: later(order.now, -order.backdate),
    notAfter: later(order.now, order.lifetime),
  })
  const certificate = issuedCertificate(chain, order)
  const assembled = assembleBundle({
    ...bundle,
    fullName: order.bundle,
    version: order.version,
    cluster,
    certificate,
    chain,
    trust: order.trust,
    ...(pair === undefined ? {} : { privateKey: pair.privateKey }),
    keySource: bundle.key.source,
    createdAt: order.now,
    platforms: tools.platforms,
    random: length => tools.entropy.bytes(length),
    derivation,
  })
  return { certificate, bundle: assembled }
}

function issuedCertificate(chain: readonly Uint8Array[], order: BuildOrder): IssuedCertificate {
  const leaf = chain[0]
  if (leaf === undefined) throw new Error(`the issuer of ${order.bundle} returned no certificate`)
  const { serial, subject, notBefore, notAfter, sha256, spkiSha256 } = certificateFacts(leaf)
  const { identity, key } = order.input.bundle
  return { serial, subject, identity, keyAlgorithm: key.algorithm, notBefore, notAfter, sha256, spkiSha256 }
}

function issuerOf({ bundle, input }: BuildOrder): string {
  const [issuer] = input.cluster.issuer
  if (issuer === undefined) throw new Error(`build order of ${bundle} names no issuer`)
  return issuer
}

/**
 * What we publish must pass what a customer runs; a finding here is our bug, and stops the release. The derivation of
 * the keys that lock cert.pfx is not repeated (a fifth of all the time); a file that asks for other keys has them derived.
 */
function selfCheck(order: BuildOrder, bundle: AssembledBundle, derivation: KeyDerivation): readonly Finding[] {
  const findings = checkBundle(bundle.zip, order.now, { derivation })
  const broken = findings.filter(finding => finding.severity === "error")
  if (broken.length === 0) return findings
  const codes = broken.map(finding => `${finding.code} ${finding.message}`).join("; ")
  throw new Error(`the bundle built for ${order.bundle} ${order.version} does not pass its own checks: ${codes}`)
}

/** Whoever has the predecessor was promised that a renewal changes nothing for them. Throws `renewal-differs`. */
function requireRenewal(order: BuildOrder, skeletonSha256: string): void {
  const expected = order.predecessorSkeletonSha256
  if (order.change !== "renewal" || expected === undefined || expected === skeletonSha256) return
  const name = `${order.bundle} ${order.version}`
  throw new ScbError(
    "renewal-differs",
    `${name} is no renewal: expected the skeleton ${expected}, got ${skeletonSha256}`,
    {
      hint: "more than key, validity and passwords would change; to release it all the same, write `bump: patch` into the bundle",
    },
  )
}

/** Throws `quality-refused`. */
function requireQuality(order: BuildOrder, gates: readonly GateResult[]): void {
  const failed = gates.filter(({ answer, overridden }) => answer !== "pass" && overridden === undefined)
  if (failed.length === 0) return
  const why = failed.map(({ check, evidence }) => `${check}: ${evidence}`).join("; ")
  throw new ScbError("quality-refused", `${order.bundle} ${order.version} is not released: ${why}`, {
    hint: "policies/quality.yaml says what must pass before a release",
  })
}

function describe(
  order: BuildOrder,
  certificate: IssuedCertificate,
  files: readonly FileDigest[],
  plaintext: FileDigest,
  payload: FileDigest,
  skeletonSha256: string,
): Manifest {
  const { cluster, bundle } = order.input
  const { name, environment, host, metadataPort, cqlPort, datacenter } = cluster
  return {
    apiVersion: "scb/v1",
    kind: "Manifest",
    bundle: order.bundle,
    version: order.version,
    cluster: { name, environment, host, metadataPort, cqlPort, datacenter },
    application: bundle.application,
    owner: bundle.owner,
    createdAt: order.now,
    expiresAt: certificate.notAfter,
    epoch: order.epoch,
    recipients: bundle.recipients,
    keySource: bundle.key.source,
    payload,
    plaintext,
    files,
    certificate,
    issuerSha256: issuerOf(order),
    source: { commit: order.commit, policyDigest: order.policyDigest, inputDigest: order.inputDigest },
    compatibility: bundle.compatibility,
    predecessor: order.predecessor,
    change: { class: order.change, reason: order.reason, cause: order.cause, changes: order.changes },
    upgrades: order.upgrades,
    support: { until: certificate.notAfter, afterDeprecation: order.afterDeprecation },
    skeletonSha256,
    generator: GENERATOR,
  }
}
