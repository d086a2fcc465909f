import { type CatalogIndex, catalogIndex } from "../catalog.ts"
import { GENERATOR } from "../generator.ts"
import { type Instant, later } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { StandingDecision } from "../plan/decisions.ts"
import type { Desired } from "../plan/desired.ts"
import { perform } from "../plan/ledger-transitions.ts"
import { isEmpty, type Plan, releaseSteps, type UnrecordedRelease } from "../plan/plan.ts"
import type { ReleaseStep } from "../plan/steps.ts"
import type { FailedAttempt, LedgerState, ReleaseRecord } from "../release.ts"
import { stableHash } from "../stable-hash.ts"
import type { SimulationRequest } from "./simulation.ts"

/** Where the simulated world stands. */
export interface SimulatedWorld {
  readonly ledger: LedgerState
  readonly catalog: CatalogIndex | undefined
  readonly unrecorded: ReadonlyMap<BundleName, readonly UnrecordedRelease[]>
  /** Decisions that nothing has changed since. Of a year's thousands of worlds there is one: what no longer stands is taken out. */
  readonly standing: Map<BundleName, StandingDecision>
}

/** What apply does, on paper: no keys are made, nothing is signed. */
export function carryOut(
  world: SimulatedWorld,
  planned: Plan,
  request: SimulationRequest,
  now: Instant,
  issuerIsDown: boolean,
  crash: "releases" | "ledger" | undefined,
): { readonly world: SimulatedWorld; readonly failed: ReadonlyMap<BundleName, FailedAttempt> } {
  const steps = releaseSteps(planned)
  const isUnsigned = ({ bundle }: ReleaseStep) =>
    issuerIsDown || issuerHasEnded(request.intent.desired.get(bundle), now)
  const failed = new Map(steps.filter(isUnsigned).map(step => [step.bundle, failureOf(step, now)] as const))
  const built = new Map(
    steps.filter(({ bundle }) => !failed.has(bundle)).map(step => [step.bundle, paper(step, request, now)]),
  )
  if (crash === "releases")
    return { world: { ...world, unrecorded: published(world, planned, built) }, failed: new Map() }
  const ledger = perform(world.ledger, planned, built, failed)
  forget(world.standing, planned)
  const unrecorded = new Map([...world.unrecorded].filter(([bundle]) => !built.has(bundle)))
  if (crash === "ledger") return { world: { ...world, ledger, unrecorded }, failed }
  const catalog = newest(world.catalog, ledger, planned, request, now)
  return { world: { ...world, ledger, unrecorded, catalog }, failed }
}

/** Takes out the decisions that looked at what a plan has written: histories of its steps' bundles, or invalidations. */
function forget(standing: SimulatedWorld["standing"], { steps, invalidations }: Plan): void {
  if (invalidations.length > 0) standing.clear()
  const written = new Set(steps.map(({ bundle }) => `history ${bundle}`))
  if (written.size === 0) return
  for (const [name, { looked }] of standing) if (looked.some(each => written.has(each))) standing.delete(name)
}

function issuerHasEnded(desired: Desired | undefined, now: Instant): boolean {
  return desired?.issuerEndsAt !== undefined && desired.issuerEndsAt <= now
}

function failureOf({ version, reason, inputDigest }: ReleaseStep, at: Instant): FailedAttempt {
  return { at, version, reason, inputDigest, error: "issuer-unusable" }
}

function newest(
  before: CatalogIndex | undefined,
  ledger: LedgerState,
  planned: Plan,
  { catalogLifetime }: SimulationRequest,
  now: Instant,
): CatalogIndex | undefined {
  if (isEmpty(planned)) return before
  const next = catalogIndex(ledger, new Map(), now, catalogLifetime)
  const isOlder = before !== undefined && next.version === before.version && next.issuedAt < before.issuedAt
  return isOlder ? before : next
}

function published(
  world: SimulatedWorld,
  planned: Plan,
  built: ReadonlyMap<BundleName, ReleaseRecord>,
): SimulatedWorld["unrecorded"] {
  const unrecorded = new Map(world.unrecorded)
  for (const { bundle, version, inputDigest, predecessor } of releaseSteps(planned)) {
    if (!built.has(bundle)) continue
    const others = (unrecorded.get(bundle) ?? []).filter(each => each.version !== version)
    unrecorded.set(bundle, [...others, { version, inputDigest, predecessor }])
  }
  return unrecorded
}

/** A release of which only the paper exists. */
function paper(step: ReleaseStep, request: SimulationRequest, now: Instant): ReleaseRecord {
  const desired = request.intent.desired.get(step.bundle)
  if (desired === undefined) throw new Error(`${step.bundle} is planned but not desired`)
  return paperRecord(step, desired, request, now)
}

function paperRecord(
  step: ReleaseStep,
  { bundle, input, issuerEndsAt }: Desired,
  request: SimulationRequest,
  now: Instant,
): ReleaseRecord {
  const digest = (what: string): string =>
    stableHash(`${step.bundle} ${step.version} ${what}`).toString(16).padStart(64, "0")
  const { key } = input.bundle
  return {
    version: step.version,
    publishedAt: now,
    change: step.change,
    reason: step.reason,
    cause: step.cause,
    commit: request.intent.commit,
    policyDigest: request.intent.policyDigest,
    inputDigest: step.inputDigest,
    input,
    certificate: {
      serial: digest("serial").slice(-16),
      subject: `CN=${bundle.name}`,
      identity: bundle.identity,
      keyAlgorithm: key.algorithm,
      notBefore: later(now, -request.intent.policies.cryptography.backdate),
      notAfter: Math.min(later(now, bundle.lifetime), issuerEndsAt ?? Number.POSITIVE_INFINITY) as Instant,
      sha256: digest("certificate"),
      spkiSha256: key.source === "csr" ? key.spkiSha256 : digest("key"),
    },
    manifest: { name: "manifest.json", size: 1, sha256: digest("manifest") },
    payload: { name: "payload.gpg", size: 1, sha256: digest("payload") },
    skeletonSha256: digest("skeleton"),
    generator: GENERATOR,
    ...(step.predecessor === undefined ? {} : { predecessor: step.predecessor }),
  }
}
