import type { Cluster } from "../../domain/cluster.ts"
import type { Json } from "../../domain/json.ts"
import { isName } from "../../domain/names.ts"
import { resolvePrincipals } from "../../domain/policies.ts"
import { nearest } from "../../schema/problems.ts"
import { missingFiles, newYaml } from "./new-file.ts"
import { type Edit, type EditScene, Refusal } from "./proposal.ts"
import { known } from "./subject.ts"

/** What an application team asks for. What is left out follows from the policies and from the cluster's other bundles. */
export interface BundleRequest {
  readonly cluster: string
  readonly name: string
  /** Default: `name`. */
  readonly application?: string
  /** A group. */
  readonly owner: string
  /** SPIFFE ID. Default: in the trust domain of the cluster's other bundles. */
  readonly identity?: string
  readonly role: string
  readonly keyspace?: string
  readonly drivers: readonly string[]
  /** Groups or principals. Default: the owner. */
  readonly recipients?: readonly string[]
  /** e.g. `90d`. Default: that of the renewal policy. */
  readonly lifetime?: string
  /** PEM of a PKCS#10 request: the private key then stays with its owner. */
  readonly certificateRequest?: string
  readonly reason?: string
}

/** Writes the YAML of a new bundle. Nobody has it before people have approved it and it has been built. */
export function requestBundle(wish: BundleRequest): Edit {
  return scene => {
    const cluster = clusterOf(scene, wish.cluster)
    if (!isName(wish.name)) {
      throw new Refusal(`expected a name of lower-case letters, digits and hyphens, got ${JSON.stringify(wish.name)}`)
    }
    requireKnown("group", wish.owner, [...scene.repository.policies.people.groups.keys()])
    for (const driver of wish.drivers) {
      requireKnown("driver", driver, [...scene.repository.policies.drivers.supported.keys()])
    }
    const recipients = wish.recipients ?? [wish.owner]
    requireReaders(scene, recipients)
    const fullName = `${cluster.name}/${wish.name}`
    const files = missingFiles(scene, filesOf(scene, cluster, { ...wish, recipients }))
    if (files === undefined) {
      throw new Refusal(`there is a bundle ${fullName} already, with something else in it`, "edit its file instead")
    }
    return { title: `request ${fullName}`, files, ...(wish.reason === undefined ? {} : { reason: wish.reason }) }
  }
}

function filesOf(scene: EditScene, cluster: Cluster, wish: BundleRequest): ReadonlyMap<string, string> {
  const { name, application = name, owner, role, keyspace, drivers, recipients = [], lifetime } = wish
  const folder = `bundles/${cluster.name}`
  const key: Json =
    wish.certificateRequest === undefined
      ? { source: "generated", algorithm: scene.repository.policies.cryptography.keyAlgorithms[0] ?? "P-256" }
      : { source: "csr", csr: `${name}.csr` }
  const yaml = newYaml("../../policies/schemas/bundle.schema.json", {
    apiVersion: "scb/v1",
    kind: "Bundle",
    name,
    application,
    owner,
    identity: wish.identity ?? identityFor(scene, cluster, name),
    role,
    keyspace,
    drivers: [...drivers],
    key,
    lifetime,
    recipients: [...recipients],
    channels: { candidate: { follow: "latest" }, stable: { follow: "candidate" } },
  })
  const request = wish.certificateRequest
  return new Map([
    [`${folder}/${name}.yaml`, yaml],
    ...(request === undefined ? [] : [[`${folder}/${name}.csr`, request] as const]),
  ])
}

function clusterOf({ repository }: EditScene, name: string): Cluster {
  const cluster = repository.clusters.get(name)
  if (cluster === undefined) throw unknown("cluster", name, [...repository.clusters.keys()])
  return cluster
}

function requireKnown(kind: string, name: string, names: readonly string[]): void {
  if (!names.includes(name)) throw unknown(kind, name, names)
}

/** Whom nothing can be encrypted to cannot open anything. */
function requireReaders({ repository }: EditScene, recipients: readonly string[]): void {
  const { people } = repository.policies
  for (const recipient of recipients) {
    requireKnown("recipient", recipient, [...people.principals.keys(), ...people.groups.keys()])
    if (resolvePrincipals(people, [recipient]).some(({ openpgp }) => openpgp !== undefined)) continue
    throw new Refusal(`nobody of ${recipient} has an OpenPGP key in policies/people.yaml`, "add one first")
  }
}

/** Throws {@link Refusal} where no other bundle of the cluster shows what identities look like there. */
function identityFor({ repository }: EditScene, cluster: Cluster, name: string): string {
  const sibling = [...repository.bundles.values()].find(each => each.cluster === cluster.name)
  const domain = /^spiffe:\/\/[^/]+/.exec(sibling?.identity ?? "")?.[0]
  if (domain !== undefined) return `${domain}/${cluster.name}/${name}`
  throw new Refusal(`nothing in ${cluster.name} shows what its identities look like`, "give one with --identity")
}

function unknown(kind: string, name: string, names: readonly string[]): Refusal {
  const meant = nearest(name, names)
  return new Refusal(
    `there is no ${kind} ${JSON.stringify(name)}`,
    meant === undefined ? known(names) : `did you mean ${meant}?`,
  )
}
