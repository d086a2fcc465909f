import { emergencyFindings } from "../authorization/emergency-findings.ts"
import { type CatalogDue, type CatalogIndex, catalogDue } from "../catalog.ts"
import { type Finding, finding } from "../findings.ts"
import { groupBy } from "../group-by.ts"
import type { Instant } from "../instant.ts"
import { lazyMap } from "../lazy-map.ts"
import { phaseSteps } from "../lifecycle/phases.ts"
import type { BundleName } from "../names.ts"
import type { Policies } from "../policies.ts"
import { type BundleHistory, emptyHistory, type LedgerState, revocationOf } from "../release.ts"
import { releaseDecision } from "../renewal/due-release.ts"
import type { DueRelease } from "../renewal/release-reasons.ts"
import type { Locate } from "../repository.ts"
import { campaignTurns } from "../revocation/campaign-waves.ts"
import {
  campaignFindings,
  type DueInvalidation,
  dueInvalidations,
  overtakenSteps,
} from "../revocation/invalidations.ts"
import { compromisedRequest, decisionFindings, revocationSteps } from "../revocation/revocation.ts"
import type { ChannelWait } from "../rollout/channel.ts"
import type { HealthFact } from "../rollout/health.ts"
import { healthMarks } from "../rollout/health-marks.ts"
import { type DriverMatrix, qualityFindings, releaseChecks } from "../rollout/quality.ts"
import { channelSteps } from "../rollout/rollout.ts"
import { issuerFindings, liveVersionsOf, trustFindings } from "../rotation/guard.ts"
import { bumpFindings } from "../versions/version-findings.ts"
import { nextClass, nextVersion } from "../versions/versions.ts"
import { type Decided, type StandingDecision, watchDecision } from "./decisions.ts"
import type { Desired } from "./desired.ts"
import { type Moment, momentAt } from "./moment.ts"
import { type BundlePlanning, type Scene, withMarks } from "./planning.ts"
import { deathOf, standingOf } from "./standing.ts"
import type { MarkStep, ReleaseStep, Step } from "./steps.ts"

/** A version that is published but that the ledger does not know: the trace of a run that was cut off. */
export interface UnrecordedRelease {
  readonly version: string
  /** Undefined when it is not ours or cannot be read: then its number is burnt. */
  readonly inputDigest: string | undefined
  readonly predecessor: string | undefined
}

/** The difference between what is asked and what has happened. `format` is raised when its JSON changes shape. */
export interface Plan {
  readonly format: 1
  readonly commit: string
  readonly policyDigest: string
  /** Ledger head that it was computed against; null for the first. */
  readonly ledgerHead: string | null
  readonly now: Instant
  /** One write each, however much they revoke; before all steps. */
  readonly invalidations: readonly DueInvalidation[]
  readonly steps: readonly Step[]
  /** Why the catalog must be written again, where no step makes it so. */
  readonly catalog?: Exclude<CatalogDue, undefined>
  /** Until then, the same intent and the same facts have the same plan. Absent: for ever. */
  readonly nextAt?: Instant
}

/** What people have written, and what is known of the outside. */
export interface PlanIntent {
  /** Of `main`. */
  readonly commit: string
  readonly policyDigest: string
  readonly policies: Policies
  readonly desired: ReadonlyMap<BundleName, Desired>
  readonly health: readonly HealthFact[]
  /** When each platform was last measured. */
  readonly matrix: DriverMatrix
  readonly locate: Locate
}

/** The intent, and all that has happened. */
export interface PlanRequest extends PlanIntent {
  readonly ledgerHead: string | null
  readonly ledger: LedgerState
  readonly unrecorded: ReadonlyMap<BundleName, readonly UnrecordedRelease[]>
  readonly catalog: CatalogIndex | undefined
  /** Decisions of earlier plans that still stand: nothing that they looked at has changed, and `nextAt` is to come. */
  readonly standing?: ReadonlyMap<BundleName, StandingDecision>
  readonly now: Instant
}

export interface PlanOutcome {
  readonly plan: Plan
  /** Decisions made now that a later plan may be given. */
  readonly standing: ReadonlyMap<BundleName, StandingDecision>
  /** What the gates keep from happening. */
  readonly waits: readonly ChannelWait[]
  readonly findings: readonly Finding[]
}

/** Pure. Performing the plan leaves nothing to plan. */
export function plan(request: PlanRequest): PlanOutcome {
  const { commit, policyDigest, ledgerHead, now } = request
  const moment = momentAt(now)
  const invalidations = dueInvalidations(request.policies.campaigns, request.ledger, moment)
  const scene = sceneOf(request, invalidations, moment)
  const standing = new Map<BundleName, StandingDecision>()
  const steps: Step[] = []
  const waits: ChannelWait[] = []
  const findings: Finding[] = []
  for (const [name, desired] of request.desired) {
    const before = request.standing?.get(name)
    if (before?.nextAt !== undefined) moment.reached(before.nextAt)
    const made = before ?? watchDecision(scene, name, watched => planBundle(desired, watched, request))
    if (before === undefined) {
      if ("steps" in made) steps.push(...made.steps)
      else standing.set(name, made)
    }
    if (made.waits.length > 0) waits.push(...made.waits)
    if (made.findings.length > 0) findings.push(...made.findings)
  }
  const catalog = catalogDue(request.catalog, request.ledger, moment)
  findings.push(...emergencyFindings(request.policies, request.locate, moment))
  const nextAt = moment.next()
  return {
    plan: {
      format: 1,
      commit,
      policyDigest,
      ledgerHead,
      now,
      invalidations,
      steps,
      ...(catalog === undefined ? {} : { catalog }),
      ...(nextAt === undefined ? {} : { nextAt }),
    },
    standing,
    waits,
    findings: [...findings, ...vanished(scene), ...campaignFindings(scene, request.ledger)],
  }
}

export function releaseSteps({ steps }: Plan): readonly ReleaseStep[] {
  return steps.filter(step => step.kind === "release")
}

/** Whether it writes to the ledger. */
export function changesLedger({ steps, invalidations }: Plan): boolean {
  return steps.length > 0 || invalidations.length > 0
}

export function isEmpty(plan: Plan): boolean {
  return !changesLedger(plan) && plan.catalog === undefined
}

function sceneOf(request: PlanRequest, invalidations: Plan["invalidations"], moment: Moment): Scene {
  const { policies, desired, locate } = request
  const { applications, clusters } = placesOf(desired)
  const due = invalidations.map(each => ({ ...each, at: moment.now }))
  const ledger = { ...request.ledger, invalidations: [...request.ledger.invalidations, ...due] }
  return {
    policies,
    desired,
    applications,
    ledger,
    invalidations,
    turns: campaignTurns(policies, ledger),
    live: lazyMap(clusters, cluster => liveVersionsOf(cluster, ledger, moment)),
    health: groupBy(request.health, ({ bundle }) => bundle),
    matrix: request.matrix,
    locate,
    moment,
  }
}

interface Places {
  readonly applications: Scene["applications"]
  readonly clusters: ReadonlySet<string>
}

/** Of all that have been planned with: simulations plan with the same thousands of times. */
const PLACES = new WeakMap<PlanIntent["desired"], Places>()

function placesOf(desired: PlanIntent["desired"]): Places {
  const known = PLACES.get(desired)
  if (known !== undefined) return known
  const places = {
    applications: groupBy(desired.values(), ({ bundle }) => bundle.application),
    clusters: new Set([...desired.values()].map(({ bundle }) => bundle.cluster)),
  }
  PLACES.set(desired, places)
  return places
}

/** Marks first, then a release if one is due, then the channels: each sees what the one before has decided. */
function planBundle(subject: Desired, scene: Scene, request: PlanRequest): Decided {
  const { bundle } = subject
  const { ledger, locate } = scene
  const recorded = planningOf(subject, scene, ledger.bundles.get(bundle.fullName) ?? emptyHistory(bundle.fullName))
  const revocations = [
    ...revocationSteps(bundle, recorded.history, ledger.invalidations),
    ...overtakenSteps(scene.invalidations, recorded.history, scene.moment),
  ]
  const revoked = marked(recorded, revocations)
  const phases = phaseSteps(revoked)
  const retired = marked(revoked, phases.steps)
  const health = healthMarks(retired)
  const planning = marked(retired, health.steps)
  const { due, findings: renewal } = releaseDecision(planning)
  const compromised = due && compromisedRequest(subject, planning.history, ledger.invalidations, locate)
  const wanted =
    due === undefined || compromised !== undefined
      ? undefined
      : releaseStep(planning, due, request.unrecorded.get(bundle.fullName) ?? [])
  const obstacles = wanted === undefined ? [] : [...trustFindings(planning), ...qualityFindings(planning, wanted)]
  const release = obstacles.length === 0 ? wanted : undefined
  const channels = channelSteps(planning, release)
  return {
    steps: [
      ...revocations,
      ...phases.steps,
      ...health.steps,
      ...(release === undefined ? [] : [release]),
      ...channels.steps,
    ],
    waits: channels.waits,
    findings: [
      ...decisionFindings(bundle, planning.history, ledger.invalidations, locate),
      ...phases.findings,
      ...health.findings,
      ...renewal,
      ...bumpFindings(planning),
      ...(compromised === undefined ? [] : [compromised]),
      ...obstacles,
      ...issuerFindings(planning),
      ...channels.findings,
    ],
  }
}

function planningOf(subject: Desired, scene: Scene, history: BundlePlanning["history"]): BundlePlanning {
  const { invalidations } = scene.ledger
  const good = history.releases.findLast(({ version }) => revocationOf(invalidations, history, version) === undefined)
  return { ...scene, subject, history, good }
}

function marked(planning: BundlePlanning, steps: readonly MarkStep[]): BundlePlanning {
  if (steps.length === 0) return planning
  return planningOf(planning.subject, planning, withMarks(planning.history, steps, planning.moment))
}

/** A version that a cut-off run published from this very input is taken up again; any other number found taken is burnt. */
function releaseStep(
  planning: BundlePlanning,
  { reason, cause }: DueRelease,
  unrecorded: readonly UnrecordedRelease[],
): ReleaseStep {
  const { subject, history } = planning
  const predecessor = history.releases.at(-1)?.version
  const { change, because } = nextClass(planning)
  const taken = new Map(unrecorded.map(each => [each.version, each]))
  let version = nextVersion(predecessor, change)
  for (let found = taken.get(version); found !== undefined; found = taken.get(version)) {
    if (found.inputDigest === subject.inputDigest && found.predecessor === predecessor) break
    version = nextVersion(version, "patch")
  }
  const gates = releaseChecks(planning, version, change)
  return {
    kind: "release",
    bundle: subject.bundle.fullName,
    version,
    change,
    reason,
    cause: because === undefined ? cause : `${cause}; ${because}`,
    inputDigest: subject.inputDigest,
    ...(predecessor === undefined ? {} : { predecessor }),
    ...(gates.length === 0 ? {} : { gates }),
  }
}

function vanished({ desired, ledger, moment }: Scene): readonly Finding[] {
  const isAlive = (history: BundleHistory | undefined): boolean =>
    history?.releases.some(
      release => deathOf(standingOf(ledger.invalidations, history, release, moment)) === undefined,
    ) ?? false
  return [...ledger.bundles.keys()]
    .filter(bundle => !desired.has(bundle) && isAlive(ledger.bundles.get(bundle)))
    .map(bundle =>
      finding("S02", bundle, `${bundle} is no longer declared, but a version of it can still connect`, {
        hint: "to cut it off, bring its file back, revoke its versions there, and apply",
      }),
    )
}
