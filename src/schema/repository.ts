import type { Emergency } from "../domain/authorization/emergency.ts"
import { type Cluster, clusterFiles } from "../domain/cluster.ts"
import {
  DEFAULT_HEALTH,
  DEFAULT_LIFECYCLE,
  DEFAULT_NOTIFICATIONS,
  DEFAULT_QUALITY,
  DEFAULT_ROLLOUT,
  DEFAULT_VERSIONING,
} from "../domain/default-policies.ts"
import { type Finding, finding, hasErrors, type Position, sortFindings } from "../domain/findings.ts"
import type { Json } from "../domain/json.ts"
import { NO_NOTES, type Notes } from "../domain/notes.ts"
import type { DistributionPolicy, Policies, ReleaseTarget } from "../domain/policies.ts"
import { findPrivateKeys } from "../domain/private-keys.ts"
import type { Repository } from "../domain/repository.ts"
import type { Advisory, Campaign } from "../domain/revocation/campaigns.ts"
import { approvalsFrom, type WrittenApprovals } from "./approvals.ts"
import { bundleFrom, type WrittenBundle } from "./bundle.ts"
import { advisoryFrom, campaignFrom, type WrittenAdvisory, type WrittenCampaign } from "./campaigns.ts"
import { clusterFrom, type WrittenCluster } from "./cluster.ts"
import { cryptographyFrom, type WrittenCryptography } from "./cryptography.ts"
import { distributionFrom, type WrittenDistribution } from "./distribution.ts"
import { driversFrom, type WrittenDrivers } from "./drivers.ts"
import { emergencyFrom, type WrittenEmergency } from "./emergencies.ts"
import { healthFrom, type WrittenHealth } from "./health.ts"
import { lifecycleFrom, type WrittenLifecycle } from "./lifecycle.ts"
import { notificationsFrom, type WrittenNotifications } from "./notifications.ts"
import { peopleFrom, type WrittenPeople } from "./people.ts"
import { show, type Validator } from "./problems.ts"
import { qualityFrom, type WrittenQuality } from "./quality.ts"
import { renewalFrom, type WrittenRenewal } from "./renewal.ts"
import { rolloutFrom, type WrittenRollout } from "./rollout.ts"
import {
  validateAdvisory,
  validateApprovals,
  validateBundle,
  validateCampaign,
  validateCluster,
  validateCryptography,
  validateDistribution,
  validateDrivers,
  validateEmergency,
  validateHealth,
  validateLifecycle,
  validateNotifications,
  validatePeople,
  validateQuality,
  validateRenewal,
  validateRollout,
  validateVersioning,
} from "./validators.generated.ts"
import { versioningFrom, type WrittenVersioning } from "./versioning.ts"
import { formFindings, report, type Written } from "./written.ts"
import { readYaml, type YamlDocument } from "./yaml.ts"

/** Files below `policies/` and `bundles/`, by path with forward slashes, and what could not be read of them. */
export interface RepositoryFiles extends ReadonlyMap<string, Uint8Array> {
  /** Names of contents: equal names, equal bytes. */
  readonly ids?: ReadonlyMap<string, string>
  readonly problems?: readonly { readonly path: string; readonly problem: string }[]
}

/**
 * The meaning of all YAML of a tree, and every finding about its text and form. The repository is there as soon as all
 * policies are readable; a cluster or bundle that is not is left out of it, so that the others can be checked further.
 */
export function parseRepository(
  files: RepositoryFiles,
  notes: Notes = NO_NOTES,
): {
  readonly repository?: Repository
  readonly findings: readonly Finding[]
} {
  const reading: Reading = { files, notes, findings: [] }
  for (const { path, problem } of files.problems ?? []) {
    reading.findings.push(finding("R08", path, `${path} is not read: ${problem}`, { at: top(path) }))
  }
  const policies = readPolicies(reading)
  const clusters = readClusters(reading)
  const bundles = readBundles(reading)
  const repository = policies && assemble(policies, clusters, bundles, files)
  const known = new Set(repository === undefined ? [] : references(repository))
  const findings = sortFindings([
    ...reading.findings,
    ...strangers(files, known),
    ...(repository === undefined ? findPrivateKeys(files) : []),
  ])
  return repository === undefined ? { findings } : { repository, findings }
}

/** Where releases go, and with them the ledger. Undefined when that cannot be read: {@link parseRepository} says why. */
export function parseReleaseTarget(files: RepositoryFiles): ReleaseTarget | undefined {
  return parseDistribution(files)?.releases
}

/** Undefined where it cannot be read. */
export function parseDistribution(files: RepositoryFiles): DistributionPolicy | undefined {
  const reading: Reading = { files, notes: NO_NOTES, findings: [] }
  const distribution = readPolicy<WrittenDistribution>(reading, "distribution", validateDistribution)
  return distribution && distributionFrom(distribution)
}

interface Reading {
  readonly files: RepositoryFiles
  readonly notes: Notes
  readonly findings: Finding[]
}

/** One file of the kind that `validator` knows, or undefined and findings. A file without any need not be read twice. */
function readKind<W>(reading: Reading, file: string, validator: Validator): Written<W> | undefined {
  const { files, notes } = reading
  const id = files.ids?.get(file)
  const name = id === undefined ? undefined : `${id} ${file}`
  const known = name === undefined ? undefined : notes.get("yaml", name)
  if (known !== undefined)
    return { document: readLater(files, file, known), value: known as W, findings: reading.findings }
  const before = reading.findings.length
  const written = readWhole<W>(reading, file, validator)
  if (name !== undefined && written !== undefined && reading.findings.length === before) {
    notes.set("yaml", name, written.value as Json)
  }
  return written
}

function readLater(files: RepositoryFiles, file: string, value: Json): YamlDocument {
  const document = (): YamlDocument => {
    const read = readYaml(file, files.get(file) ?? new Uint8Array()).document
    if (read === undefined) throw new Error(`${file} was readable once and is not now`)
    return read
  }
  return { file, value, locate: path => document().locate(path), place: problem => document().place(problem) }
}

function readWhole<W>(reading: Reading, file: string, validator: Validator): Written<W> | undefined {
  const { document, findings } = readYaml(file, reading.files.get(file) ?? new Uint8Array())
  reading.findings.push(...findings)
  if (document === undefined) return undefined
  const problems = formFindings(document, validator).filter(problem => !findings.some(each => samePlace(each, problem)))
  reading.findings.push(...problems)
  if (hasErrors(findings) || hasErrors(problems)) return undefined
  return { document, value: document.value as W, findings: reading.findings }
}

function readPolicies(reading: Reading): Policies | undefined {
  const people = readPolicy<WrittenPeople>(reading, "people", validatePeople)
  const cryptography = readPolicy<WrittenCryptography>(reading, "cryptography", validateCryptography)
  const drivers = readPolicy<WrittenDrivers>(reading, "drivers", validateDrivers)
  const distribution = readPolicy<WrittenDistribution>(reading, "distribution", validateDistribution)
  const renewal = readPolicy<WrittenRenewal>(reading, "renewal", validateRenewal)
  const house = readHousePolicies(reading)
  if (!(people && cryptography && drivers && distribution && renewal)) return undefined
  const before = reading.findings.length
  const policies = {
    people: peopleFrom(people),
    cryptography: cryptographyFrom(cryptography),
    drivers: driversFrom(drivers),
    distribution: distributionFrom(distribution),
    renewal: renewalFrom(renewal),
    ...house,
  }
  return reading.findings.length === before ? policies : undefined
}

/** Policies that need not be there: then a repository follows the defaults. What is there must be readable. */
function readHousePolicies(
  reading: Reading,
): Omit<Policies, "people" | "cryptography" | "drivers" | "distribution" | "renewal"> {
  const optional = <W, P>(name: string, validator: Validator, meaning: (written: Written<W>) => P, fallback: P): P => {
    const file = `policies/${name}.yaml`
    const written = reading.files.has(file) ? readKind<W>(reading, file, validator) : undefined
    return written === undefined ? fallback : meaning(written)
  }
  const approvals = optional<WrittenApprovals, Policies["approvals"]>(
    "approvals",
    validateApprovals,
    approvalsFrom,
    undefined,
  )
  return {
    ...(approvals === undefined ? {} : { approvals }),
    versioning: optional<WrittenVersioning, Policies["versioning"]>(
      "versioning",
      validateVersioning,
      versioningFrom,
      DEFAULT_VERSIONING,
    ),
    lifecycle: optional<WrittenLifecycle, Policies["lifecycle"]>(
      "lifecycle",
      validateLifecycle,
      lifecycleFrom,
      DEFAULT_LIFECYCLE,
    ),
    rollout: optional<WrittenRollout, Policies["rollout"]>("rollout", validateRollout, rolloutFrom, DEFAULT_ROLLOUT),
    health: optional<WrittenHealth, Policies["health"]>("health", validateHealth, healthFrom, DEFAULT_HEALTH),
    quality: optional<WrittenQuality, Policies["quality"]>("quality", validateQuality, qualityFrom, DEFAULT_QUALITY),
    notifications: optional<WrittenNotifications, Policies["notifications"]>(
      "notifications",
      validateNotifications,
      notificationsFrom,
      DEFAULT_NOTIFICATIONS,
    ),
    campaigns: readFolder<WrittenCampaign, Campaign>(reading, CAMPAIGN_FILE, validateCampaign, campaignFrom),
    advisories: readFolder<WrittenAdvisory, Advisory>(reading, ADVISORY_FILE, validateAdvisory, advisoryFrom),
    emergencies: readFolder<WrittenEmergency, Emergency>(reading, EMERGENCY_FILE, validateEmergency, emergencyFrom),
  }
}

function readFolder<W extends { readonly name: string }, P extends { readonly name: string }>(
  reading: Reading,
  pattern: RegExp,
  validator: Validator,
  meaning: (written: Written<W>) => P | undefined,
): ReadonlyMap<string, P> {
  const each = matching(reading.files, pattern).flatMap(({ file, parts: [stem = ""] }) => {
    const written = readKind<W>(reading, file, validator)
    return (written !== undefined && isNamed(written, stem, "file") ? meaning(written) : undefined) ?? []
  })
  return new Map(each.map(one => [one.name, one]))
}

function readPolicy<W>(reading: Reading, name: string, validator: Validator): Written<W> | undefined {
  const file = `policies/${name}.yaml`
  if (reading.files.has(file)) return readKind(reading, file, validator)
  reading.findings.push(finding("R03", file, `${file} is missing`, { at: top(file) }))
  return undefined
}

const CAMPAIGN_FILE = /^policies\/campaigns\/([^/]+)\.yaml$/
const ADVISORY_FILE = /^policies\/advisories\/([^/]+)\.yaml$/
const EMERGENCY_FILE = /^policies\/emergencies\/([^/]+)\.yaml$/
const CLUSTER_FILE = /^bundles\/([^/]+)\/cluster\.yaml$/
const BUNDLE_FILE = /^bundles\/([^/]+)\/(?!cluster\.yaml$)([^/]+)\.yaml$/

function readClusters(reading: Reading): readonly Cluster[] {
  return matching(reading.files, CLUSTER_FILE).flatMap(({ file, parts: [folder = ""] }) => {
    const written = readKind<WrittenCluster>(reading, file, validateCluster)
    return written !== undefined && isNamed(written, folder, "folder") ? [clusterFrom(written)] : []
  })
}

interface PlacedBundle {
  readonly cluster: string
  readonly written: Written<WrittenBundle>
}

function readBundles(reading: Reading): readonly PlacedBundle[] {
  return matching(reading.files, BUNDLE_FILE).flatMap(({ file, parts: [cluster = "", stem = ""] }) => {
    if (!reading.files.has(`bundles/${cluster}/cluster.yaml`)) {
      reading.findings.push(finding("R02", file, `${file} stands beside no cluster.yaml`, { at: top(file) }))
    }
    const written = readKind<WrittenBundle>(reading, file, validateBundle)
    return written !== undefined && isNamed(written, stem, "file") ? [{ cluster, written }] : []
  })
}

/** Whatever is misnamed is left out: later checks would speak of it under the wrong name. */
function isNamed(written: Written<{ readonly name: string }>, expected: string, place: string): boolean {
  if (written.value.name === expected) return true
  report(
    written,
    "R01",
    ["name"],
    `expected the name of its ${place}, ${show(expected)}, got ${show(written.value.name)}`,
  )
  return false
}

function assemble(
  policies: Policies,
  clusters: readonly Cluster[],
  bundles: readonly PlacedBundle[],
  files: RepositoryFiles,
): Repository {
  const meant = bundles.map(({ cluster, written }) => bundleFrom(written, cluster, policies.renewal.defaultLifetime))
  return {
    policies,
    clusters: new Map(clusters.map(cluster => [cluster.name, cluster])),
    bundles: new Map(meant.map(bundle => [bundle.fullName, bundle])),
    locate: placesIn(files),
  }
}

/**
 * Reads a file again when a place in it is asked for, which is rare and comes file by file. The trees of all documents
 * would be more than half of what a large repository takes in memory: 10 KB a bundle.
 */
function placesIn(files: RepositoryFiles): Repository["locate"] {
  let last: YamlDocument | undefined
  const locate: Repository["locate"] = (file, path) => {
    if (last?.file !== file) last = readYaml(file, files.get(file) ?? new Uint8Array()).document
    return last?.locate(path) ?? top(file)
  }
  return (file, path) => {
    let place: Position | undefined
    const found = (): Position => {
      place ??= locate(file, path)
      return place
    }
    return {
      file,
      get line() {
        return found().line
      },
      get column() {
        return found().column
      },
    }
  }
}

/** Every path that the YAML points at. */
function references({ clusters, bundles, policies }: Repository): readonly string[] {
  return [
    ...[...clusters.values()].flatMap(cluster => clusterFiles(cluster)),
    ...[...bundles.values()].flatMap(({ key }) => (key.kind === "csr" ? [key.request] : [])),
    ...[...policies.people.principals.values()].flatMap(principal => principal.openpgp?.file ?? []),
    ...policies.distribution.signers.map(signer => signer.file),
  ]
}

const PLACES: readonly RegExp[] = [
  /^policies\/(?:people|cryptography|drivers|distribution|renewal|versioning|lifecycle|rollout|health|quality|approvals|notifications)\.yaml$/,
  /^policies\/(?:campaigns|advisories|emergencies)\/[^/]+\.yaml$/,
  /^policies\/keys\/[^/]+\.asc$/,
  /^policies\/schemas\/[^/]+\.json$/,
  /^bundles\/[^/]+\/[^/]+\.(?:yaml|csr)$/,
  /^bundles\/[^/]+\/ca\/[^/]+\.(?:crt|pem)$/,
  /(?:^|\/)(?:README\.md|\.gitkeep|\.gitattributes)$/,
]

/** Files that nothing reads: most often a typing error in a name, and then a wish that silently does not come true. */
function strangers(files: RepositoryFiles, known: ReadonlySet<string>): readonly Finding[] {
  return [...files.keys()]
    .filter(path => !known.has(path) && !PLACES.some(place => place.test(path)))
    .map(path =>
      finding("R04", path, `nothing reads ${path}`, {
        at: top(path),
        ...(path.endsWith(".yml") ? { hint: "the files are called .yaml here" } : {}),
      }),
    )
}

function matching(files: RepositoryFiles, pattern: RegExp) {
  return [...files.keys()].sort().flatMap(file => {
    const match = pattern.exec(file)
    return match === null ? [] : [{ file, parts: match.slice(1) }]
  })
}

function samePlace(a: Finding, b: Finding): boolean {
  return a.at?.line === b.at?.line && a.at?.column === b.at?.column
}

function top(file: string): Position {
  return { file, line: 1, column: 1 }
}
