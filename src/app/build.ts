import { readRequest } from "../artifact/csr.ts"
import { fileDigest } from "../artifact/digest.ts"
import { decodeCertificates } from "../artifact/pem.ts"
import { ScbError } from "../domain/errors.ts"
import { perform } from "../domain/ledger-transitions.ts"
import { MANIFEST_NAME } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import { changesLedger, isEmpty, type Plan, releaseSteps } from "../domain/plan.ts"
import { resolvePrincipals } from "../domain/policies.ts"
import { findRelease, type ReleaseRecord } from "../domain/release.ts"
import type { ReleaseStep } from "../domain/steps.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Assets, Releases, SignedCatalog, Signer } from "../ports.ts"
import { recordOf } from "./assemble-release.ts"
import type { BuildOrder } from "./build-order.ts"
import { buildCatalog } from "./catalog.ts"
import { prepareTransaction, type SignedTransaction } from "./ledger.ts"
import { readOwnManifest } from "./own-releases.ts"
import { parallelMap } from "./parallel-map.ts"
import type { PlannedChange } from "./plan.ts"
import { fileOf, textOf } from "./read-repository.ts"
import { verifySignature } from "./trust.ts"
import type { IssuerFile, World } from "./world.ts"

/** A plan carried out as far as keys are needed: from here on nobody needs one, and nobody can change anything. */
export interface BuiltChange {
  readonly plan: Plan
  /** Where the release steps of the plan now lie. */
  readonly staged: Releases
  /** What this run has made; other releases of the plan are taken up from a run that was cut off. */
  readonly made: ReadonlySet<BundleName>
  readonly transaction?: SignedTransaction
  readonly catalog?: SignedCatalog
}

/**
 * Builds what the plan releases into `staged` (the published releases themselves, or a place from which `publish`
 * copies), and signs the ledger commit and the catalog that will follow. Writes no history.
 */
export async function buildChange(world: World, change: PlannedChange, staged: Releases): Promise<BuiltChange> {
  const { plan, ledger } = change
  if (isEmpty(plan)) return { plan, staged, made: new Set() }
  const signer = await world.keyring.signer()
  await requireNamed(signer, change)
  const { records, made } = await buildReleases(world, change, staged, signer)
  const next = perform(ledger.state, plan, records)
  const { catalogLifetime } = change.source.repository.policies.distribution
  return {
    plan,
    staged,
    made,
    ...(changesLedger(plan) ? { transaction: await prepareTransaction(world.ledger, ledger, next, plan, signer) } : {}),
    catalog: await buildCatalog(next, plan.now, catalogLifetime, signer),
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

async function buildReleases(
  world: World,
  change: PlannedChange,
  staged: Releases,
  signer: Signer,
): Promise<{ readonly records: ReadonlyMap<BundleName, ReleaseRecord>; readonly made: ReadonlySet<BundleName> }> {
  const records = new Map<BundleName, ReleaseRecord>()
  const orders: BuildOrder[] = []
  for (const step of releaseSteps(change.plan)) {
    const order = buildOrder(change, step)
    const record = await takeUp(change, order, staged)
    if (record === undefined) orders.push(order)
    else records.set(step.bundle, record)
  }
  const made = new Set<BundleName>()
  if (orders.length === 0) return { records, made }
  const assembler = await world.keyring.assembler(issuerFiles(change, orders), signer, orders.length, change.plan.now)
  try {
    await parallelMap(orders, assembler.concurrency, async order => {
      const { record, assets } = await assembler.assemble(order)
      await stage(change, staged, order, assets)
      records.set(order.bundle, record)
      made.add(order.bundle)
      world.reporter.progress(made.size, orders.length, `built ${order.bundle} ${order.version}`)
    })
  } finally {
    await assembler.close()
  }
  return { records, made }
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
  const { cryptography, people } = source.repository.policies
  const history = ledger.state.bundles.get(step.bundle)
  const predecessor =
    step.predecessor === undefined || history === undefined ? undefined : findRelease(history, step.predecessor)
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
    now: plan.now,
    lifetime: bundle.lifetime,
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
