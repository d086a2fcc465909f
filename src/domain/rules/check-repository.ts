import validRange from "semver/ranges/valid.js"
import { checkApprovals } from "../authorization/check-approvals.ts"
import type { Bundle } from "../bundle.ts"
import type { Cluster } from "../cluster.ts"
import { formatDuration } from "../duration.ts"
import { type Finding, finding, type Position } from "../findings.ts"
import { hostProblem } from "../host.ts"
import { formatInstant, type Instant, later } from "../instant.ts"
import { checkLifecycle } from "../lifecycle/repository.ts"
import { type KeyReference, type ReleaseSigner, resolvePrincipals } from "../policies.ts"
import { findPrivateKeys, privateKeyFinding } from "../private-keys.ts"
import { checkAdvisories, checkRenewal } from "../renewal/check-renewal.ts"
import type { CertificateFacts, FileFacts, OpenPgpKeyFacts, Repository, RepositoryFacts } from "../repository.ts"
import { checkCampaigns } from "../revocation/check-campaigns.ts"
import { checkRollout } from "../rollout/repository.ts"
import { spiffeProblem } from "../spiffe.ts"
import { checkVersioning } from "../versions/version-findings.ts"
import type { FindingCode } from "./finding-rules.ts"

/** What the rules need besides the repository and the facts about its files. */
export interface Surroundings {
  /** Every file of the tree, referred to or not. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The platforms of our catalogue. */
  readonly platforms: ReadonlySet<string>
  readonly now: Instant
}

type Findings = Generator<Finding, void>

/** All rules across files, all findings at once. Pure. */
export function checkRepository(
  repository: Repository,
  facts: RepositoryFacts,
  surroundings: Surroundings,
): readonly Finding[] {
  const scene: Scene = { repository, facts, ...surroundings, planted: findPrivateKeys(surroundings.files) }
  return [
    ...scene.planted,
    ...checkPeople(scene),
    ...checkDrivers(scene),
    ...checkDistribution(scene),
    ...checkRenewal(repository),
    ...checkVersioning(repository, surroundings.platforms),
    ...checkAdvisories(repository, surroundings.platforms),
    ...checkCampaigns(repository),
    ...checkRollout(repository),
    ...checkLifecycle(repository),
    ...checkQuality(scene),
    ...checkNotifications(scene),
    ...checkApprovals(repository, surroundings.files.keys()),
    ...[...repository.clusters.values()].flatMap(cluster => [...checkCluster(cluster, scene)]),
    ...[...repository.bundles.values()].flatMap(bundle => [...checkBundle(bundle, scene)]),
    ...checkSharedKeys(scene),
    ...checkSharedIdentities(scene),
  ]
}

interface Scene extends Surroundings {
  readonly repository: Repository
  readonly facts: RepositoryFacts
  readonly planted: readonly Finding[]
}

function* checkPeople(scene: Scene): Findings {
  const { policies, locate } = scene.repository
  const { people } = policies
  for (const [group, members] of people.groups) {
    for (const [index, member] of members.entries()) {
      if (people.principals.has(member)) continue
      const why = people.groups.has(member) ? "is a group; groups hold principals only" : "is no principal"
      yield finding("R41", group, `group ${group}: ${member} ${why}`, {
        at: locate(people.file, ["groups", group, index]),
      })
    }
  }
  const owners = new Map<string, string>()
  const named = new Set([...scene.repository.bundles.values()].flatMap(bundle => bundle.recipients))
  const recipients = new Set(resolvePrincipals(people, [...named]))
  for (const [index, principal] of [...people.principals.values()].entries()) {
    const { name, openpgp } = principal
    if (openpgp === undefined) continue
    const at = locate(people.file, ["principals", index, "openpgp"])
    const other = owners.get(openpgp.fingerprint)
    if (other !== undefined) yield finding("R46", name, `${name} has the same OpenPGP key as ${other}`, { at })
    owners.set(openpgp.fingerprint, name)
    const place = (key: string) => locate(people.file, ["principals", index, "openpgp", key])
    yield* checkKey(name, openpgp, recipients.has(principal) ? "error" : "warning", "encrypt", place, scene)
  }
}

/** An OpenPGP key is what the YAML says, and fit for its use. Whether that matters today is for the caller to say. */
function* checkKey(
  subject: string,
  reference: KeyReference,
  severity: "error" | "warning" | "ignore",
  use: "encrypt" | "sign",
  place: (key: string) => Position,
  scene: Scene,
): Findings {
  const { file, fingerprint } = reference
  const key = yield* required(scene.facts.openPgpKeys, file, subject, place("key"))
  if (key === undefined) return
  if (key.isPrivate && !scene.planted.some(each => each.subject === file)) yield privateKeyFinding(file, 1)
  if (key.fingerprint !== fingerprint) {
    yield finding(
      "R42",
      subject,
      `${subject}: ${file} has the fingerprint ${key.fingerprint}, expected ${fingerprint}`,
      {
        at: place("fingerprint"),
      },
    )
  }
  if (severity === "ignore") return
  const unfit = (code: FindingCode, why: string): Finding =>
    finding(code, subject, `${subject}: the key ${file} ${why}`, { at: place("key"), severity })
  const dead = deathOf(key, scene.now)
  if (dead !== undefined) yield unfit("R43", dead)
  else if (!(use === "encrypt" ? key.canEncrypt : key.canSign)) yield unfit("R44", `cannot ${use}`)
  const { minimumOpenPgpRsaBits: minimum } = scene.repository.policies.cryptography
  if (key.rsaBits !== undefined && key.rsaBits < minimum) {
    yield unfit("R45", `has ${key.rsaBits} RSA bits, expected at least ${minimum}`)
  }
}

function deathOf(key: OpenPgpKeyFacts, now: Instant): string | undefined {
  if (key.revoked) return "is revoked"
  if (key.expiresAt !== undefined && key.expiresAt <= now) return `expired on ${formatInstant(key.expiresAt)}`
  return key.createdAt > now ? `was made in the future, on ${formatInstant(key.createdAt)}` : undefined
}

function* checkDrivers({ repository, platforms }: Scene): Findings {
  const { file, supported } = repository.policies.drivers
  for (const [platform, range] of supported) {
    const at = repository.locate(file, ["supported", platform])
    if (!platforms.has(platform)) {
      yield finding("R32", platform, `the platform ${platform} is unknown`, { at, hint: known([...platforms]) })
    }
    if (validRange(range) === null) {
      yield finding("R50", platform, `${platform}: ${JSON.stringify(range)} is no version range`, {
        at,
        hint: "npm's syntax, e.g. >=4.17.0 or ^3.25.0 || ^4.0.0",
      })
    }
  }
}

function* checkDistribution(scene: Scene): Findings {
  const { policies, locate } = scene.repository
  const { file, signers, releases } = policies.distribution
  for (const [index, signer] of signers.entries()) {
    const place = (key: string) => locate(file, ["signers", index, key])
    const { name, validFrom, validUntil } = signer
    if (validFrom !== undefined && validUntil !== undefined && validFrom >= validUntil) {
      yield finding("R53", name, `${name}: its time ends before it begins`, { at: place("validUntil") })
    }
    yield* checkKey(name, signer, isInForce(signer, scene.now) ? "error" : "ignore", "sign", place, scene)
  }
  if (!signers.some(signer => isInForce(signer, scene.now))) {
    const problem = signers.length === 0 ? "nobody signs releases" : "no signer's key counts today"
    yield finding("R51", file, problem, { at: locate(file, ["signers"]) })
  }
  if (releases.kind === "directory" && liesInside(releases.path)) {
    yield finding("R56", file, `releases are published into the repository, at ${releases.path}`, {
      at: locate(file, ["releases", "path"]),
      hint: "a directory outside, e.g. ../releases",
    })
  }
}

function isInForce({ validFrom, validUntil }: ReleaseSigner, now: Instant): boolean {
  return (validFrom === undefined || validFrom <= now) && (validUntil === undefined || now < validUntil)
}

/** Whether a relative path stays below where it starts. */
function liesInside(path: string): boolean {
  if (path.startsWith("/") || path.startsWith("~")) return false
  let depth = 0
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1
    else if (part !== "" && part !== ".") depth += 1
    if (depth < 0) return false
  }
  return true
}

function* checkQuality({ repository }: Scene): Findings {
  const { quality, people } = repository.policies
  for (const [index, group] of quality.reviewers.entries()) {
    if (people.groups.has(group)) continue
    yield finding("R85", quality.file, `the reviewers ${group} are no group`, {
      at: repository.locate(quality.file, ["reviewers", index]),
      hint: known([...people.groups.keys()]),
    })
  }
}

function* checkNotifications({ repository: { policies, locate } }: Scene): Findings {
  const { notifications, people } = policies
  for (const [index, name] of notifications.otherwise.entries()) {
    if (people.groups.has(name) || people.principals.has(name)) continue
    yield finding("R89", notifications.file, `nobody is called ${name}`, {
      at: locate(notifications.file, ["otherwise", index]),
      hint: known([...people.groups.keys()]),
    })
  }
}

function* checkCluster(cluster: Cluster, scene: Scene): Findings {
  const { name, endpoint, nodes } = cluster
  const at = placesOf(cluster.file, scene)
  const problem = hostProblem(endpoint.host)
  if (problem !== undefined) {
    yield finding("R10", name, `${name}: the host ${endpoint.host} cannot be used: ${problem}`, {
      at: at("endpoint", "host"),
    })
  }
  if (endpoint.metadataPort === endpoint.cqlPort) {
    yield finding("R11", name, `${name}: metadata and CQL share the port ${endpoint.cqlPort}`, {
      at: at("endpoint", "cqlPort"),
    })
  }
  if (nodes.length === 0) yield finding("R12", name, `${name} has no nodes`, { at: at("nodes") })
  for (const [index, node] of nodes.entries()) {
    const earlier = nodes.slice(0, index)
    if (earlier.some(other => other.hostId === node.hostId)) {
      yield finding("R13", name, `${name}: two nodes have the host id ${node.hostId}`, {
        at: at("nodes", index, "hostId"),
      })
    }
    if (earlier.some(other => other.address === node.address)) {
      yield finding("R14", name, `${name}: two nodes have the address ${node.address}`, {
        at: at("nodes", index, "address"),
      })
    }
  }
  yield* checkTrust(cluster, scene)
  yield* checkServing(cluster, scene)
  yield* checkIssuer(cluster, scene)
  yield* checkAccepted(cluster, scene)
}

function* checkTrust(cluster: Cluster, scene: Scene): Findings {
  const { name, file, trust } = cluster
  const at = placesOf(file, scene)
  if (trust.length === 0) yield finding("R15", name, `${name} trusts no certificate`, { at: at("trust") })
  for (const [index, path] of trust.entries()) {
    const certificates = yield* required(scene.facts.certificates, path, name, at("trust", index))
    if (certificates === undefined) continue
    for (const [place, certificate] of certificates.entries()) {
      const root = index === 0 && place === 0
      const fit = certificate.isCa && (certificate.selfSigned || !root)
      if (!fit) {
        const expected = root ? "a self-signed CA certificate first" : "only CA certificates"
        yield finding("R15", name, `${name}: ${path} holds ${certificate.subject}, expected ${expected}`, {
          at: at("trust", index),
        })
      }
      yield* checkInForce("R16", name, path, certificate, at("trust", index), scene.now)
    }
  }
}

function* checkServing({ name, file, trust, serving }: Cluster, scene: Scene): Findings {
  if (serving === undefined || trust.includes(serving.root)) return
  const at = scene.repository.locate(file, ["serving", "root"])
  yield finding("R86", name, `${name}: servers show a root that is not trusted, ${serving.root}`, {
    at,
    hint: known(trust),
  })
}

/** One that has expired harms nobody: whatever it has issued has ended with it. */
function* checkAccepted({ name, file, issuer }: Cluster, scene: Scene): Findings {
  const at = placesOf(file, scene)
  for (const [index, path] of (issuer.accepts ?? []).entries()) {
    const chain = yield* required(scene.facts.certificates, path, name, at("issuer", "accepts", index))
    for (const certificate of chain ?? []) {
      if (certificate.isCa) continue
      const message = `${name}: ${path} holds ${certificate.subject}, expected CA certificates only`
      yield finding("R17", name, message, { at: at("issuer", "accepts", index) })
    }
  }
}

function* checkIssuer({ name, file, issuer }: Cluster, scene: Scene): Findings {
  const at = scene.repository.locate(file, ["issuer", "certificate"])
  const chain = yield* required(scene.facts.certificates, issuer.certificate, name, at)
  if (chain === undefined) return
  for (const certificate of chain) {
    if (!certificate.isCa) {
      yield finding(
        "R17",
        name,
        `${name}: ${issuer.certificate} holds ${certificate.subject}, expected CA certificates only`,
        {
          at,
        },
      )
    }
    yield* checkInForce("R18", name, issuer.certificate, certificate, at, scene.now)
  }
}

function* checkInForce(
  code: "R16" | "R18",
  subject: string,
  path: string,
  { subject: who, notBefore, notAfter }: CertificateFacts,
  at: Position,
  now: Instant,
): Findings {
  if (notAfter <= now) {
    yield finding(code, subject, `${subject}: ${who} in ${path} expired on ${formatInstant(notAfter)}`, { at })
  }
  if (now < notBefore) {
    yield finding(code, subject, `${subject}: ${who} in ${path} is valid from ${formatInstant(notBefore)} on`, { at })
  }
}

function* checkBundle(bundle: Bundle, scene: Scene): Findings {
  yield* checkPeopleOf(bundle, scene)
  yield* checkLifetime(bundle, scene)
  yield* checkBundleKey(bundle, scene)
  const { fullName, identity } = bundle
  const { supported } = scene.repository.policies.drivers
  const at = placesOf(bundle.file, scene)
  const problem = spiffeProblem(identity)
  if (problem !== undefined) {
    yield finding("R30", fullName, `${fullName}: ${identity} is no SPIFFE ID: ${problem}`, { at: at("identity") })
  }
  if (bundle.drivers.length === 0)
    yield finding("R33", fullName, `${fullName} is made for no driver`, { at: at("drivers") })
  for (const [index, platform] of bundle.drivers.entries()) {
    if (supported.has(platform)) continue
    const unknown = scene.platforms.has(platform) ? "not supported by policies/drivers.yaml" : "unknown"
    yield finding("R33", fullName, `${fullName}: the platform ${platform} is ${unknown}`, {
      at: at("drivers", index),
      hint: known([...supported.keys()]),
    })
  }
}

function* checkPeopleOf({ file, fullName, owner, recipients }: Bundle, scene: Scene): Findings {
  const { people } = scene.repository.policies
  const at = placesOf(file, scene)
  if (!people.groups.has(owner)) {
    const why = people.principals.has(owner) ? "a principal, expected a group" : "no group"
    yield finding("R20", fullName, `${fullName}: the owner ${owner} is ${why}`, {
      at: at("owner"),
      hint: known([...people.groups.keys()]),
    })
  }
  if (resolvePrincipals(people, recipients).length === 0) {
    yield finding("R21", fullName, `nobody can open ${fullName}`, { at: at("recipients") })
  }
  for (const [index, name] of recipients.entries()) {
    const where = { at: at("recipients", index) }
    if (!people.principals.has(name) && !people.groups.has(name)) {
      yield finding("R22", fullName, `${fullName}: the recipient ${name} is neither a principal nor a group`, {
        ...where,
        hint: known([...people.principals.keys(), ...people.groups.keys()]),
      })
    }
    for (const principal of resolvePrincipals(people, [name])) {
      if (principal.openpgp !== undefined) continue
      yield finding("R23", fullName, `${fullName}: the recipient ${principal.name} has no OpenPGP key`, where)
    }
  }
}

function* checkLifetime({ file, fullName, cluster, lifetime }: Bundle, scene: Scene): Findings {
  const { repository, facts, now } = scene
  const { maximumLifetime } = repository.policies.cryptography
  const at = repository.locate(file, ["lifetime"])
  if (lifetime > maximumLifetime) {
    yield finding(
      "R24",
      fullName,
      `${fullName}: certificates would live ${formatDuration(lifetime)}, expected at most ${formatDuration(maximumLifetime)}`,
      { at },
    )
  }
  const issuer = repository.clusters.get(cluster)?.issuer.certificate
  const chain = issuer === undefined ? undefined : facts.certificates.get(issuer)
  if (chain?.ok !== true) return
  const end = Math.min(...chain.value.map(certificate => certificate.notAfter)) as Instant
  if (now < end && later(now, lifetime) > end) {
    yield finding(
      "R25",
      fullName,
      `${fullName}: a certificate of ${formatDuration(lifetime)} would outlive its issuer, and ends with it on ${formatInstant(end)}`,
      { at, hint: "replace the issuer, or ask for a shorter lifetime" },
    )
  }
}

function* checkBundleKey({ file, fullName, key }: Bundle, scene: Scene): Findings {
  const at = placesOf(file, scene)
  if (key.kind === "generated") {
    yield* checkAlgorithm(fullName, key.algorithm, at("key", "algorithm"), scene)
    return
  }
  const request = yield* required(scene.facts.requests, key.request, fullName, at("key", "csr"))
  if (request === undefined) return
  if (!request.provesPossession) {
    yield finding("R27", fullName, `${fullName}: ${key.request} is not signed by the key that it holds`, {
      at: at("key", "csr"),
    })
  }
  if (request.keyAlgorithm === "other") {
    yield finding(
      "R28",
      fullName,
      `${fullName}: ${key.request} holds a key of ${request.keyBits} bits that is not certified here`,
      {
        at: at("key", "csr"),
        hint: known(scene.repository.policies.cryptography.keyAlgorithms),
      },
    )
  } else yield* checkAlgorithm(fullName, request.keyAlgorithm, at("key", "csr"), scene)
}

function* checkAlgorithm(subject: string, algorithm: string, at: Position, scene: Scene): Findings {
  const allowed: readonly string[] = scene.repository.policies.cryptography.keyAlgorithms
  if (allowed.includes(algorithm)) return
  yield finding("R26", subject, `${subject}: ${algorithm} is not allowed by policies/cryptography.yaml`, {
    at,
    hint: known(allowed),
  })
}

/** One key, one bundle: who steals it from one application must not become another. */
function* checkSharedKeys({ repository, facts }: Scene): Findings {
  const owners = new Map<string, string>()
  for (const { file, fullName, key } of byName(repository)) {
    if (key.kind !== "csr") continue
    const request = facts.requests.get(key.request)
    if (request?.ok !== true) continue
    const other = owners.get(request.value.spkiSha256)
    if (other === undefined) owners.set(request.value.spkiSha256, fullName)
    else {
      yield finding("R29", fullName, `${fullName} and ${other} ask for certificates over the same key`, {
        at: repository.locate(file, ["key", "csr"]),
      })
    }
  }
}

/** Cassandra maps an identity to one role (`ADD IDENTITY … TO ROLE …`). */
function* checkSharedIdentities({ repository }: Scene): Findings {
  const first = new Map<string, Bundle>()
  for (const bundle of byName(repository)) {
    const place = `${bundle.cluster} ${bundle.identity}`
    const other = first.get(place)
    if (other === undefined) first.set(place, bundle)
    else if (other.role !== bundle.role) {
      yield finding(
        "R31",
        bundle.fullName,
        `${bundle.fullName}: ${bundle.identity} is ${bundle.role} here and ${other.role} in ${other.fullName}`,
        { at: repository.locate(bundle.file, ["identity"]) },
      )
    }
  }
}

function byName(repository: Repository): readonly Bundle[] {
  return [...repository.bundles.values()].sort((a, b) => (a.fullName < b.fullName ? -1 : 1))
}

/** What a file that the YAML points at holds, or the finding that it is not there or is something else. */
function* required<T>(
  facts: ReadonlyMap<string, FileFacts<T>>,
  path: string,
  subject: string,
  at: Position,
): Generator<Finding, T | undefined> {
  const found = facts.get(path)
  if (found === undefined) yield finding("R05", subject, `${subject}: ${path} does not exist`, { at })
  else if (!found.ok) yield finding("R06", subject, `${subject}: ${path} cannot be used: ${found.problem}`, { at })
  return found?.ok === true ? found.value : undefined
}

function placesOf(file: string, scene: Scene): (...path: readonly (string | number)[]) => Position {
  return (...path) => scene.repository.locate(file, path)
}

function known(names: readonly string[]): string {
  return `known here: ${names.join(", ") || "none"}`
}
