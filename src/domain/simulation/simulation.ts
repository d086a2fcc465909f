import { type CatalogIndex, catalogIndex } from "../catalog.ts"
import type { Duration } from "../duration.ts"
import { GENERATOR } from "../generator.ts"
import { type Instant, later } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { StandingDecision } from "../plan/decisions.ts"
import type { Desired } from "../plan/desired.ts"
import { perform } from "../plan/ledger-transitions.ts"
import {
  changesLedger,
  isEmpty,
  type Plan,
  type PlanIntent,
  type PlanRequest,
  plan,
  releaseSteps,
  type UnrecordedRelease,
} from "../plan/plan.ts"
import type { ReleaseStep } from "../plan/steps.ts"
import { EMPTY_LEDGER, type FailedAttempt, type LedgerState, type ReleaseRecord } from "../release.ts"
import { stableHash } from "../stable-hash.ts"
import { type Fault, isUnder, skewed } from "./faults.ts"
import { lawsOfChange, lawsOfRest, type Violation } from "./laws.ts"

/** What happens, hour by hour or at any other pace, when nobody changes anything. */
export interface SimulationRequest {
  /** All that a plan is made from, but for what the simulation itself brings about. */
  readonly intent: PlanIntent
  /** What has happened before. */
  readonly ledger?: LedgerState
  readonly from: Instant
  readonly until: Instant
  readonly step: Duration
  readonly faults: readonly Fault[]
  readonly catalogLifetime: Duration
}

export interface SimulationOutcome {
  /** Instants at which a run was due, and those of them at which it could not run. */
  readonly runs: number
  readonly missed: number
  /** Runs that wrote to the ledger. */
  readonly transactions: number
  /** How often each thing happened, e.g. `release renewal-due`, `point follow`, `mark revoked`, `attempt issuer-unusable`. */
  readonly counts: Readonly<Record<string, number>>
  readonly busiest: { readonly at: Instant; readonly releases: number } | undefined
  readonly violations: readonly Violation[]
  readonly ledger: LedgerState
}

/** Where the simulated world stands. */
interface SimulatedWorld {
  readonly ledger: LedgerState
  readonly catalog: CatalogIndex | undefined
  readonly unrecorded: ReadonlyMap<BundleName, readonly UnrecordedRelease[]>
  /** Decisions that nothing has changed since. Of a year's thousands of worlds there is one: what no longer stands is taken out. */
  readonly standing: Map<BundleName, StandingDecision>
}

/** How many runs apart everything is decided anew, although an earlier decision stands or said that nothing was due. */
const LOOKS_APART = 97

/**
 * Pure. Runs in which the last plan says that nothing can be due are skipped, but for a few, which must be empty.
 */
export function simulate(request: SimulationRequest): SimulationOutcome {
  const tally = new Tally()
  const crashes = request.faults.filter(fault => fault.kind === "publish-crash").sort((a, b) => a.at - b.at)
  let world: SimulatedWorld = {
    ledger: request.ledger ?? EMPTY_LEDGER,
    catalog: undefined,
    unrecorded: new Map(),
    standing: new Map(),
  }
  let dueAt: Instant | undefined = request.from
  let runs = 0
  for (let at = request.from; at < request.until; at = later(at, request.step)) {
    runs += 1
    const now = skewed(at, request.faults)
    const due = dueAt !== undefined && now >= dueAt
    const look = runs % LOOKS_APART === 0
    if (!due && !look) continue
    const before = world
    const open = look ? request.intent.desired : undecided(request, world, now)
    tally.look(lawsOfRest({ ...before, desired: open, faults: request.faults }, at))
    if (isUnder("missed-runs", at, request.faults)) {
      tally.missed += 1
      continue
    }
    for (const bundle of open.keys()) world.standing.delete(bundle)
    const planned = decide(request, world, now)
    if (!due && !isEmpty(planned)) tally.violate("what is due was foretold", at, "plan", describe(planned))
    const crash =
      crashes[0] !== undefined && crashes[0].at <= at && changesLedger(planned) ? crashes.shift() : undefined
    const issuerIsDown = isUnder("issuer-down", at, request.faults)
    const carried = carryOut(world, planned, request, now, issuerIsDown, crash?.after)
    world = carried.world
    tally.count(planned, carried.failed)
    if (crash !== undefined) {
      tally.look(lawsOfChange(before.ledger, world.ledger, at))
      dueAt = now
      continue
    }
    if (carried.failed.size > 0) world = withoutWhatFailed(world, request, now, tally)
    tally.look(lawsOfChange(before.ledger, world.ledger, at))
    const again = decide(request, world, now)
    if (!isEmpty(again)) tally.violate("performing a plan leaves nothing to plan", at, "plan", describe(again))
    dueAt = again.nextAt
  }
  return tally.outcome(runs, world.ledger)
}

/** Those about whom nothing stands: only to them can anything have happened. A clock that went back asks no more of them. */
function undecided({ intent }: SimulationRequest, { standing }: SimulatedWorld, now: Instant): PlanIntent["desired"] {
  const open = new Map<BundleName, Desired>()
  for (const [name, desired] of intent.desired) {
    const decision = standing.get(name)
    if (decision === undefined || (decision.nextAt !== undefined && decision.nextAt <= now)) open.set(name, desired)
  }
  return open
}

/** Decides where nothing stands, and lets it stand. */
function decide(request: SimulationRequest, world: SimulatedWorld, now: Instant): Plan {
  const { plan: planned, standing } = plan(planRequest(request, world, now))
  for (const [name, decision] of standing) world.standing.set(name, decision)
  return planned
}

/** What could not be released takes nothing else along: a second plan decides without it. */
function withoutWhatFailed(
  world: SimulatedWorld,
  request: SimulationRequest,
  now: Instant,
  tally: Tally,
): SimulatedWorld {
  const rest = decide(request, world, now)
  const { world: next, failed } = carryOut(world, rest, request, now, true, undefined)
  tally.count(rest, failed)
  return next
}

function planRequest({ intent }: SimulationRequest, world: SimulatedWorld, now: Instant): PlanRequest {
  return { ...intent, ...world, ledgerHead: null, now }
}

/** What apply does, on paper: no keys are made, nothing is signed. */
function carryOut(
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

/** One line. */
function describe({ invalidations, steps, catalog }: Plan): string {
  const each = steps.map(step => `${step.kind} ${step.bundle}`)
  return [...invalidations.map(({ name }) => `invalidate ${name}`), ...each, catalog ?? ""]
    .filter(Boolean)
    .slice(0, 3)
    .join(", ")
}

/** What is counted on the way. */
class Tally {
  missed = 0
  #transactions = 0
  readonly #counts = new Map<string, number>()
  /** By law and subject: a wrong that lasts is told once. */
  readonly #violations = new Map<string, Violation>()
  #busiest: SimulationOutcome["busiest"]

  look(violations: readonly Violation[]): void {
    for (const violation of violations) {
      const { law, subject } = violation
      if (!this.#violations.has(`${law} ${subject}`)) this.#violations.set(`${law} ${subject}`, violation)
    }
  }

  violate(law: string, at: Instant, subject: string, message: string): void {
    this.look([{ law, at, subject, message }])
  }

  count(planned: Plan, failed: ReadonlyMap<BundleName, FailedAttempt>): void {
    if (changesLedger(planned)) this.#transactions += 1
    for (const step of planned.steps) {
      if (step.kind !== "point" || !failed.has(step.bundle)) this.#add(kindOf(step, failed))
    }
    for (const _ of planned.invalidations) this.#add("invalidate")
    const releases = releaseSteps(planned).length - failed.size
    if (releases > (this.#busiest?.releases ?? 0)) this.#busiest = { at: planned.now, releases }
  }

  outcome(runs: number, ledger: LedgerState): SimulationOutcome {
    return {
      runs,
      missed: this.missed,
      transactions: this.#transactions,
      counts: Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))),
      busiest: this.#busiest,
      violations: [...this.#violations.values()],
      ledger,
    }
  }

  #add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

function kindOf(step: Plan["steps"][number], failed: ReadonlyMap<BundleName, FailedAttempt>): string {
  switch (step.kind) {
    case "release":
      return failed.has(step.bundle) ? `attempt ${failed.get(step.bundle)?.error}` : `release ${step.reason}`
    case "mark":
      return `mark ${step.mark.kind}`
    case "point":
      return `point ${step.reason}`
  }
}
