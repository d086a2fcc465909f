import type { Compatibility } from "../domain/clients.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Evidence } from "../domain/measurements.ts"
import type { BundleName } from "../domain/names.ts"
import type { IssuedCertificate, ReleaseInput } from "../domain/release.ts"

/** The cluster as far as a bundle speaks of it. */
export type ClusterFacts = Pick<
  ReleaseInput["cluster"],
  "name" | "environment" | "region" | "host" | "metadataPort" | "cqlPort" | "datacenter" | "authentication"
>

export interface BundleFacts {
  readonly fullName: BundleName
  readonly version: string
  readonly cluster: ClusterFacts
  readonly application: string
  readonly owner: string
  readonly identity: string
  readonly role: string
  readonly keyspace?: string
  readonly compatibility: Compatibility
  readonly keySource: "generated" | "csr"
  readonly certificate: IssuedCertificate
  readonly createdAt: Instant
}

/**
 * `metadata.json`: what this bundle is, for programs that hold the ZIP. No driver reads it, and it has nothing to do
 * with the answer of the metadata service, which tells drivers the nodes of the cluster.
 * `entries` are all of the published ZIP in order; `rootSha256` are the certificates of `ca.crt`, root first; `evidence`
 * says for each platform of `compatibility` why.
 */
export function formatMetadata(
  facts: BundleFacts,
  rootSha256: readonly string[],
  entries: readonly string[],
  evidence: Readonly<Record<string, Evidence>>,
): string {
  const { cluster, certificate } = facts
  const document = {
    apiVersion: "scb/v1",
    kind: "BundleMetadata",
    bundle: facts.fullName,
    version: facts.version,
    createdAt: formatInstant(facts.createdAt),
    validity: { notBefore: formatInstant(certificate.notBefore), notAfter: formatInstant(certificate.notAfter) },
    cluster: {
      name: cluster.name,
      environment: cluster.environment,
      region: cluster.region,
      host: cluster.host,
      metadataPort: cluster.metadataPort,
      cqlPort: cluster.cqlPort,
      datacenter: cluster.datacenter,
      authentication: cluster.authentication,
    },
    application: facts.application,
    owner: facts.owner,
    identity: facts.identity,
    role: facts.role,
    keyspace: facts.keyspace,
    certificate: {
      serial: certificate.serial,
      subject: certificate.subject,
      keyAlgorithm: certificate.keyAlgorithm,
    },
    fingerprints: {
      certificateSha256: certificate.sha256,
      publicKeySha256: certificate.spkiSha256,
      rootSha256,
    },
    compatibility: facts.compatibility,
    evidence,
    keySource: facts.keySource,
    entries,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
