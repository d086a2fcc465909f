import type { Duration } from "../duration.ts"
import { type Instant, later } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Desired } from "../plan/desired.ts"
import { changesLedger, isEmpty, type Plan, type PlanIntent, type PlanRequest, plan } from "../plan/plan.ts"
import { EMPTY_LEDGER, type LedgerState } from "../release.ts"
import { type Fault, isUnder, skewed } from "./faults.ts"
import { lawsOfChange, lawsOfRest, type Violation } from "./laws.ts"
import { Tally } from "./tally.ts"
import { carryOut, type SimulatedWorld } from "./world.ts"

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

/** One line. */
function describe({ invalidations, steps, catalog }: Plan): string {
  const each = steps.map(step => `${step.kind} ${step.bundle}`)
  return [...invalidations.map(({ name }) => `invalidate ${name}`), ...each, catalog ?? ""]
    .filter(Boolean)
    .slice(0, 3)
    .join(", ")
}
