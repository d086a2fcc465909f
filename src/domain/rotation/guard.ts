import type { Cluster } from "../cluster.ts"
import { type Finding, finding } from "../findings.ts"
import { formatInstant, type Instant, later } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Moment } from "../plan/moment.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import type { BundleHistory, Invalidation, LedgerState, ReleaseInput } from "../release.ts"
import { emergencyAt } from "../renewal/renewal.ts"
import type { RepositoryFacts } from "../repository.ts"

/** What people have said of a cluster's servers; no part of any bundle. */
export interface ServerSide {
  /** SHA-256 of the certificates of which one heads the servers' chains. Absent: nobody has said. */
  readonly serving?: readonly string[]
  /** SHA-256 of the client issuers that servers accept beside the one that issues. */
  readonly accepts: readonly string[]
}

/** A version that somebody may be using now. */
export interface LiveVersion {
  readonly bundle: BundleName
  readonly version: string
  readonly input: ReleaseInput
  /** When its certificate expires. */
  readonly endsAt: Instant
}

export function serverSide({ serving, issuer }: Cluster, facts: RepositoryFacts): ServerSide {
  const accepts = (issuer.accepts ?? []).flatMap(path => digestsIn(facts, path))
  return serving === undefined ? { accepts } : { serving: digestsIn(facts, serving.root), accepts }
}

/** SHA-256 of the certificates of a file, in their order. */
export function digestsIn({ certificates }: RepositoryFacts, path: string): readonly string[] {
  const facts = certificates.get(path)
  return facts?.ok === true ? facts.value.map(({ sha256 }) => sha256) : []
}

/** Of all bundles that a cluster ever had. */
export function historiesOf(cluster: string, { bundles }: Pick<LedgerState, "bundles">): readonly BundleHistory[] {
  return [...bundles.keys()].filter(name => name.startsWith(`${cluster}/`)).flatMap(name => bundles.get(name) ?? [])
}

/**
 * All of a cluster's versions that are not dead. Whatever killed one in this very second does not count yet: it could be
 * another part of the same plan.
 */
export function liveVersionsOf(
  cluster: string,
  ledger: Pick<LedgerState, "bundles" | "invalidations">,
  moment: Moment,
): readonly LiveVersion[] {
  const isSettled = ({ at }: { readonly at: Instant }): boolean => moment.reached(later(at, 1_000))
  const invalidations = ledger.invalidations.filter(isSettled)
  return historiesOf(cluster, ledger).flatMap(history =>
    liveVersions({ ...history, marks: history.marks.filter(isSettled) }, invalidations, moment),
  )
}

function liveVersions(
  history: BundleHistory,
  invalidations: readonly Invalidation[],
  moment: Moment,
): readonly LiveVersion[] {
  return history.releases
    .filter(release => deathOf(standingOf(invalidations, history, release, moment)) === undefined)
    .map(({ version, input, certificate }) => ({
      bundle: history.bundle,
      version,
      input,
      endsAt: certificate.notAfter,
    }))
}

/**
 * The roots under which every driver of a bundle takes a server's certificate. C# compares the end of the chain with
 * the first certificate of ca.crt alone (CustomCACertificateValidator.cs).
 */
export function believedRoots({ cluster: { trust }, bundle: { drivers } }: ReleaseInput): readonly string[] {
  return drivers.includes("csharp") ? trust.slice(0, 1) : trust
}

/** Versions to whose users servers could show nothing that those with `trust` take as well. */
export function reliantOn(live: readonly LiveVersion[], trust: readonly string[]): readonly LiveVersion[] {
  return live.filter(({ input }) => !believedRoots(input).some(root => trust.includes(root)))
}

/** Versions whose certificates come from an issuer that servers are no longer told to accept. */
export function issuedElsewhere(live: readonly LiveVersion[], accepted: readonly string[]): readonly LiveVersion[] {
  return live.filter(({ input }) => !input.cluster.issuer.some(each => accepted.includes(each)))
}

/**
 * Why a version that trusts less than the one before it is not released yet. In its last tenth of life a version is
 * replaced even so: to trust servers that may not be there yet is better than to be refused by all.
 */
export function trustFindings(planning: BundlePlanning): readonly Finding[] {
  const { subject, good, live, moment, locate } = planning
  if (good === undefined || believesAll(subject.input, good.input)) return []
  if (moment.reached(emergencyAt(good.certificate))) return []
  const { fullName, cluster, file } = subject.bundle
  const trust = subject.input.cluster.trust
  const reliant = reliantOn(live.get(cluster) ?? [], trust)
  const at = locate(clusterFile(file), ["trust"])
  if (reliant.length > 0) {
    const message = `${fullName} is not released: ${cluster} drops a root on which ${named(reliant)}`
    return [finding("S55", fullName, `${message}; ${endOf(reliant)}`, { at })]
  }
  const { serving } = subject.servers ?? {}
  if (serving?.some(root => believedRoots(subject.input).includes(root))) return []
  const said = serving === undefined ? "nobody has said" : "it has been said otherwise"
  const message = `${fullName} is not released: it would trust only servers with the new chain, and ${said} that they show it`
  return [finding("S56", fullName, message, { at })]
}

/** Nothing that was believed is believed no more. The same roots for other drivers are no matter of servers. */
function believesAll(after: ReleaseInput, before: ReleaseInput): boolean {
  const [was, is] = [before.cluster.trust, after.cluster.trust]
  if (was.length === is.length && was.every((root, index) => root === is[index])) return true
  return believedRoots(before).every(root => believedRoots(after).includes(root))
}

/** Versions of a bundle that servers set up by cluster.yaml as it is now would refuse. */
export function issuerFindings({ subject, history, ledger, moment, locate }: BundlePlanning): readonly Finding[] {
  const { fullName, file } = subject.bundle
  const accepted = [...subject.input.cluster.issuer, ...(subject.servers?.accepts ?? [])]
  if (history.releases.every(({ input }) => input.cluster.issuer.some(each => accepted.includes(each)))) return []
  const refused = issuedElsewhere(liveVersions(history, ledger.invalidations, moment), accepted)
  if (refused.length === 0) return []
  const versions = refused.map(({ version }) => version).join(", ")
  const message = `${fullName} ${versions}: issued by an authority that cluster.yaml no longer names; ${endOf(refused)}`
  return [finding("S57", fullName, message, { at: locate(clusterFile(file), ["issuer"]) })]
}

/** Beside a bundle's own. */
function clusterFile(file: string): string {
  return file.replace(/[^/]+$/, "cluster.yaml")
}

const SHOWN = 4

/** e.g. `a/b 1.0.0, a/c 1.2.0 and 7 more rely`. */
export function named(versions: readonly LiveVersion[]): string {
  const names = versions.slice(0, SHOWN).map(({ bundle, version }) => `${bundle} ${version}`)
  const more = versions.length > SHOWN ? ` and ${versions.length - SHOWN} more` : ""
  return `${names.join(", ")}${more} ${versions.length === 1 ? "relies" : "rely"}`
}

export function endOf(versions: readonly LiveVersion[]): string {
  const last = versions.reduce((latest, { endsAt }) => (endsAt > latest ? endsAt : latest), 0 as Instant)
  return `the last of them ends on ${formatInstant(last)}`
}
