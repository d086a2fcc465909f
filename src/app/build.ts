import { readRequest } from "../artifact/csr.ts"
import { fileDigest } from "../artifact/digest.ts"
import { decodeCertificates } from "../artifact/pem.ts"
import { formatDuration } from "../domain/duration.ts"
import { type ErrorCode, ScbError } from "../domain/errors.ts"
import type { Finding } from "../domain/findings.ts"
import { MANIFEST_NAME } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import type { FailedRelease } from "../domain/outcome.ts"
import { perform, withoutReleasesOf } from "../domain/plan/ledger-transitions.ts"
import { momentAt } from "../domain/plan/moment.ts"
import { isEmpty, type Plan, releaseSteps } from "../domain/plan/plan.ts"
import type { ReleaseStep } from "../domain/plan/steps.ts"
import { resolvePrincipals } from "../domain/policies.ts"
import { type FailedAttempt, findRelease, type ReleaseRecord } from "../domain/release.ts"
import { plannedEnd } from "../domain/renewal/renewal.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import { changesSince } from "../domain/versions/changes.ts"
import { upgradesTo, waypointsOf } from "../domain/versions/upgrade-path.ts"
import type { Assets, Releases, SignedCatalog, Signer } from "../ports.ts"
import { recordOf } from "./assemble-release.ts"
import { authorizeMain, recordAuthorization, requireAuthorized } from "./authorize.ts"
import type { Assembler, BuildOrder } from "./build-order.ts"
import { buildCatalog } from "./catalog.ts"
import { prepareTransaction, type SignedTransaction } from "./ledger.ts"
import { requireContinuity } from "./ledger-continuity.ts"
import { readOwnManifest } from "./own-releases.ts"
import { requireOwnRun } from "./own-run.ts"
import { parallelMap } from "./parallel-map.ts"
import type { PlannedChange } from "./plan.ts"
import { fileOf, textOf } from "./read-repository.ts"
import { signRevocationLists } from "./revocation-lists.ts"
import { verifySignature } from "./trust.ts"
import { unlessImpossible } from "./unless-impossible.ts"
import type { IssuerFile, World } from "./world.ts"

/** A plan carried out as far as keys are needed: from here on nobody needs one, and nobody can change anything. */
export interface BuiltChange {
  readonly plan: Plan
  /** Where the release steps of the plan now lie. */
  readonly staged: Releases
  /** What this run has made; other releases of the plan are taken up from a run that was cut off. */
  readonly made: ReadonlySet<BundleName>
  /** What kept planned releases from being made; the plan here is without them. */
  readonly failures: Failures
  readonly transaction?: SignedTransaction
  readonly catalog?: SignedCatalog
  /** What was left as it was, because somebody's key is not here. */
  readonly findings: readonly Finding[]
}

/**
 * Builds what the plan releases into `staged` (the published releases themselves, or a place from which `publish`
 * copies), and signs the ledger commit and the catalog that will follow. Writes no history. A release that the world
 * makes impossible is left out and recorded as a failed attempt; the others go ahead. Those of `tried` are not tried again.
 * Throws `foreign-run` and `change-unauthorized` before anything else, and the first failure where it leaves nothing to do.
 */
export async function buildChange(
  world: World,
  change: PlannedChange,
  staged: Releases,
  tried: Failures = new Map(),
): Promise<BuiltChange> {
  const { ledger } = change
  if (isEmpty(change.plan)) return { plan: change.plan, staged, made: new Set(), failures: new Map(), findings: [] }
  const main = { commit: change.plan.commit, repository: change.source.repository }
  requireOwnRun(world, main.repository.policies)
  const decisions = await authorizeMain(world, main, ledger.state)
  requireAuthorized(decisions)
  const signer = await world.keyring.signer()
  await requireNamed(signer, change)
  await requireContinuity(world, ledger, change.anchors, signer.fingerprint)
  const { records, made, failures } = await buildReleases(world, change, staged, signer, tried)
  const plan = withoutReleasesOf(change.plan, new Set(failures.keys()))
  const attempts = attemptsOf(change.plan, failures)
  const [failure] = failures.values()
  if (failure !== undefined && isEmpty(plan) && attempts.size === 0) throw failure
  const { upTo, files } = recordAuthorization(main, ledger.state.authorization, decisions)
  const performed = perform(ledger.state, plan, records, attempts)
  const next = performed === ledger.state || upTo === undefined ? performed : { ...performed, authorization: upTo }
  const { catalogLifetime } = change.source.repository.policies.distribution
  const { findings, ...lists } = await signRevocationLists(world, change, next)
  return {
    plan,
    staged,
    made,
    failures,
    ...(next === ledger.state
      ? {}
      : { transaction: await prepareTransaction(world.ledger, ledger, next, plan, signer, attempts, files) }),
    catalog: await buildCatalog(next, plan.now, catalogLifetime, signer, lists),
    findings,
  }
}

/**
 * Asks what customers would say of this signer's work before any is done: a ledger signed by somebody whom the policy
 * does not name could not be read again, not even by us. Throws `signer-untrusted`, `signer-expired`, `signer-revoked`.
 */
async function requireNamed(signer: Signer, { anchors, plan }: PlannedChange): Promise<void> {
  const named = anchors.map(anchor => anchor.fingerprint)
  if (!named.includes(signer.fingerprint)) {
    throw new ScbError("signer-untrusted", `the release signing key ${signer.fingerprint} is no signer of the policy`, {
      hint: `expected ${named.join(" or ")}; a new signer is added to policies/distribution.yaml first`,
    })
  }
  const data = encodeUtf8(`scb is about to release ${plan.commit}\n`)
  const signature = await signer.sign(data, plan.now)
  const subject = "what the release signing key signs now"
  await verifySignature({ data, signature, anchors, now: plan.now, subject, fresh: true })
}

/** What kept releases from being made, by the bundles that they are of. */
export type Failures = ReadonlyMap<BundleName, ScbError>

interface BuiltReleases {
  readonly records: ReadonlyMap<BundleName, ReleaseRecord>
  readonly made: ReadonlySet<BundleName>
  readonly failures: Failures
}

async function buildReleases(
  world: World,
  change: PlannedChange,
  staged: Releases,
  signer: Signer,
  tried: Failures,
): Promise<BuiltReleases> {
  const records = new Map<BundleName, ReleaseRecord>()
  const failures = new Map<BundleName, ScbError>()
  const made = new Set<BundleName>()
  const orders: BuildOrder[] = []
  for (const step of releaseSteps(change.plan)) {
    const failure = tried.get(step.bundle)
    if (failure !== undefined) {
      failures.set(step.bundle, failure)
      continue
    }
    const order = buildOrder(change, step)
    const record = await takeUp(change, order, staged)
    if (record === undefined) orders.push(order)
    else records.set(step.bundle, record)
  }
  if (orders.length === 0) return { records, made, failures }
  const { assembler, unfit } = await openIssuers(world, change, orders, signer)
  const possible = orders.filter(({ bundle, input }) => {
    const failure = unfit.get(input.cluster.name)
    if (failure !== undefined) failures.set(bundle, failure)
    return failure === undefined
  })
  if (assembler === undefined) return { records, made, failures }
  try {
    await parallelMap(possible, assembler.concurrency, async order => {
      const release = await unlessImpossible(assembler.assemble(order))
      if (release instanceof ScbError) {
        failures.set(order.bundle, release)
        return
      }
      await stage(change, staged, order, release.assets)
      records.set(order.bundle, release.record)
      made.add(order.bundle)
      world.reporter.progress(made.size, possible.length, `built ${order.bundle} ${order.version}`)
    })
  } finally {
    await assembler.close()
  }
  return { records, made, failures }
}

/** All issuers at once; where that fails, one by one, so that one that is down holds up nobody but its own cluster. */
async function openIssuers(
  { keyring }: World,
  change: PlannedChange,
  orders: readonly BuildOrder[],
  signer: Signer,
): Promise<{ readonly assembler?: Assembler; readonly unfit: ReadonlyMap<string, ScbError> }> {
  const open = (issuers: readonly IssuerFile[]) => keyring.assembler(issuers, signer, orders.length, change.plan.now)
  const issuers = issuerFiles(change, orders)
  const all = await unlessImpossible(open(issuers))
  if (!(all instanceof ScbError)) return { assembler: all, unfit: new Map() }
  const unfit = new Map<string, ScbError>()
  for (const issuer of issuers) {
    const alone = await unlessImpossible(open([issuer]))
    if (alone instanceof ScbError) unfit.set(issuer.cluster, alone)
    else await alone.close()
  }
  const fit = issuers.filter(({ cluster }) => !unfit.has(cluster))
  return fit.length === 0 ? { unfit } : { assembler: await open(fit), unfit }
}

/** Of this run and not of the bundle: whoever sets the key is not to wait. */
const OWN_KEYS: readonly ErrorCode[] = ["key-missing", "key-unreadable", "key-wrong-passphrase", "key-mismatch"]

/** The failures that the ledger remembers. */
function attemptsOf(plan: Plan, failures: Failures): ReadonlyMap<BundleName, FailedAttempt> {
  return new Map(
    releaseSteps(plan).flatMap(({ bundle, version, reason, inputDigest }) => {
      const error = failures.get(bundle)?.code
      if (error === undefined || OWN_KEYS.includes(error)) return []
      return [[bundle, { at: plan.now, version, reason, inputDigest, error }] as const]
    }),
  )
}

/** The failures among what was planned, as people see them. */
export function failedReleases(plan: Plan, failures: Failures): readonly FailedRelease[] {
  return releaseSteps(plan).flatMap(({ bundle, version, reason }) => {
    const error = failures.get(bundle)
    if (error === undefined) return []
    const { code, message, hint } = error
    return [{ bundle, version, reason, error: { code, message, ...(hint === undefined ? {} : { hint }) } }]
  })
}

/** A version that is published is never replaced; in a folder of one's own it only means that an older build is in the way. */
async function stage(change: PlannedChange, staged: Releases, order: BuildOrder, assets: Assets): Promise<void> {
  try {
    await staged.publish(order.bundle, order.version, assets)
  } catch (cause) {
    const inTheWay = staged !== change.releases && cause instanceof ScbError && cause.code === "release-exists"
    if (!inTheWay) throw cause
    throw new ScbError("already-exists", `the folder holds another build of ${order.bundle} ${order.version}`, {
      hint: "build into an empty folder, or remove this one",
      cause,
    })
  }
}

/** The record of a release that an earlier run, cut off before the ledger knew, made from the same input. */
async function takeUp(change: PlannedChange, order: BuildOrder, staged: Releases): Promise<ReleaseRecord | undefined> {
  for (const releases of new Set([change.releases, staged])) {
    const source = { releases, anchors: change.anchors, now: change.plan.now }
    const own = await readOwnManifest(source, order.bundle, order.version)
    if (own === undefined || own.manifest.source.inputDigest !== order.inputDigest) continue
    return recordOf(own.manifest, fileDigest(MANIFEST_NAME, own.bytes), order)
  }
  return undefined
}

function buildOrder(change: PlannedChange, step: ReleaseStep): BuildOrder {
  const { plan, source, ledger } = change
  const desired = change.desired.get(step.bundle)
  if (desired === undefined) throw new Error(`${step.bundle} is planned but not desired`)
  const { bundle, input, inputDigest } = desired
  const cluster = source.repository.clusters.get(bundle.cluster)
  if (cluster === undefined) throw new Error(`${step.bundle} passed the checks without a cluster`)
  const { cryptography, people, lifecycle } = source.repository.policies
  const history = ledger.state.bundles.get(step.bundle)
  const predecessor =
    step.predecessor === undefined || history === undefined ? undefined : findRelease(history, step.predecessor)
  const moment = momentAt(plan.now)
  const next = { version: step.version, input, usable: true }
  return {
    bundle: step.bundle,
    version: step.version,
    change: step.change,
    reason: step.reason,
    cause: step.cause,
    gates: step.gates ?? [],
    checks: source.repository.policies.quality.release,
    input,
    inputDigest,
    commit: plan.commit,
    policyDigest: plan.policyDigest,
    epoch: ledger.state.epoch,
    predecessor:
      predecessor === undefined ? null : { version: predecessor.version, manifestSha256: predecessor.manifest.sha256 },
    ...(predecessor === undefined ? {} : { predecessorSkeletonSha256: predecessor.skeletonSha256 }),
    changes: predecessor === undefined ? [] : changesSince(predecessor, input),
    upgrades: history === undefined ? [] : upgradesTo(next, waypointsOf(ledger.state.invalidations, history, moment)),
    afterDeprecation: {
      limited: formatDuration(lifecycle.deprecated),
      securityOnly: formatDuration(lifecycle.limited),
      endOfLife: formatDuration(lifecycle.securityOnly),
      archived: formatDuration(lifecycle.archiveAfter),
    },
    now: plan.now,
    lifetime: plannedEnd(desired, plan.now) - plan.now,
    backdate: cryptography.backdate,
    trust: cluster.trust.flatMap(path => decodeCertificates(textOf(source.tree, path))),
    ...(bundle.key.kind === "csr"
      ? { requestedKey: readRequest(fileOf(source.tree, bundle.key.request)).publicKey }
      : {}),
    recipients: resolvePrincipals(people, bundle.recipients).flatMap(principal =>
      principal.openpgp === undefined ? [] : [textOf(source.tree, principal.openpgp.file)],
    ),
  }
}

function issuerFiles(change: PlannedChange, orders: readonly BuildOrder[]): readonly IssuerFile[] {
  const names = new Set(orders.map(order => order.input.cluster.name))
  return [...change.source.repository.clusters.values()]
    .filter(cluster => names.has(cluster.name))
    .map(({ name, issuer }) => ({
      cluster: name,
      issuer,
      certificatePem: textOf(change.source.tree, issuer.certificate),
    }))
}
