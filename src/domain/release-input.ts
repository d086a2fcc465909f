import type { Bundle } from "./bundle.ts"
import type { Cluster } from "./cluster.ts"
import { formatDuration } from "./duration.ts"
import { type Instant, instantFromMillis } from "./instant.ts"
import type { Json } from "./json.ts"
import { resolvePrincipals } from "./policies.ts"
import { LAYOUT, type ReleaseInput } from "./release.ts"
import type { FileFacts, Repository, RepositoryFacts } from "./repository.ts"

/** What a release of `bundle` would be made from now. The repository must have passed its checks: a fact that is missing is our bug. */
export function releaseInput(repository: Repository, facts: RepositoryFacts, bundle: Bundle): ReleaseInput {
  const cluster = clusterOf(repository, bundle)
  const { people, drivers } = repository.policies
  return {
    layout: LAYOUT,
    cluster: clusterInput(cluster, facts),
    bundle: {
      name: bundle.name,
      application: bundle.application,
      owner: bundle.owner,
      identity: bundle.identity,
      role: bundle.role,
      ...(bundle.keyspace === undefined ? {} : { keyspace: bundle.keyspace }),
      drivers: bundle.drivers,
      compatibility: Object.fromEntries(bundle.drivers.map(name => [name, drivers.supported.get(name) ?? "*"])),
      key: keyInput(bundle, facts),
      lifetime: formatDuration(bundle.lifetime),
      recipients: resolvePrincipals(people, bundle.recipients)
        .flatMap(principal => principal.openpgp?.fingerprint ?? [])
        .sort(),
    },
  }
}

/** When the first certificate of the chain that issues for `bundle` ends. */
export function issuerEnd(repository: Repository, facts: RepositoryFacts, bundle: Bundle): Instant {
  const { issuer } = clusterOf(repository, bundle)
  const chain = known(facts.certificates.get(issuer.certificate), issuer.certificate)
  return instantFromMillis(Math.min(...chain.map(({ notAfter }) => notAfter)))
}

/** Dotted names of the members in which two inputs differ, e.g. `cluster.host`, `bundle.recipients`: what a release's cause names. */
export function changedMembers(before: Json, after: Json, prefix = ""): readonly string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    return keys.flatMap(key => changedMembers(before[key] ?? null, after[key] ?? null, `${prefix}${key}.`))
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [prefix.slice(0, -1)]
}

function clusterOf({ clusters }: Repository, bundle: Bundle): Cluster {
  const cluster = clusters.get(bundle.cluster)
  if (cluster === undefined) throw new Error(`${bundle.fullName} passed the checks without a cluster`)
  return cluster
}

function clusterInput(cluster: Cluster, facts: RepositoryFacts): ReleaseInput["cluster"] {
  const digests = (path: string) => known(facts.certificates.get(path), path).map(certificate => certificate.sha256)
  return {
    name: cluster.name,
    environment: cluster.environment,
    region: cluster.region,
    ...cluster.endpoint,
    datacenter: cluster.datacenter,
    authentication: cluster.authentication,
    trust: cluster.trust.flatMap(digests),
    issuer: digests(cluster.issuer.certificate),
  }
}

function keyInput(bundle: Bundle, facts: RepositoryFacts): ReleaseInput["bundle"]["key"] {
  if (bundle.key.kind === "generated") return { source: "generated", algorithm: bundle.key.algorithm }
  const request = known(facts.requests.get(bundle.key.request), bundle.key.request)
  if (request.keyAlgorithm === "other")
    throw new Error(`${bundle.key.request} passed the checks with a key we do not issue`)
  return { source: "csr", algorithm: request.keyAlgorithm, spkiSha256: request.spkiSha256 }
}

function known<T>(facts: FileFacts<T> | undefined, path: string): T {
  if (facts?.ok !== true) throw new Error(`${path} passed the checks without being readable`)
  return facts.value
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
