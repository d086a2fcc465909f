/** Bundles that are planned and performed over days, without bytes: for the rules of channels. */
import type { Bundle, ChannelRule } from "../../src/domain/bundle.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { Desired } from "../../src/domain/plan/desired.ts"
import { perform } from "../../src/domain/plan/ledger-transitions.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import { type PlanOutcome, plan } from "../../src/domain/plan/plan.ts"
import type { ReleaseStep } from "../../src/domain/plan/steps.ts"
import type { Policies } from "../../src/domain/policies.ts"
import { type BundleHistory, EMPTY_LEDGER, emptyHistory, type LedgerState, PHASES } from "../../src/domain/release.ts"
import { type ChannelState, channelState, channelTarget } from "../../src/domain/rollout/channels.ts"
import type { HealthFact } from "../../src/domain/rollout/health.ts"
import { bundleOf, inputOf, NAME, NOW, recordOf } from "./planning.ts"
import { policies } from "./policies.ts"

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** What is asked for of one bundle. Another `keyspace` is another release. */
export interface Asked {
  readonly bundle?: Partial<Bundle>
  readonly keyspace?: string
  readonly environment?: string
  /** OpenPGP fingerprints. */
  readonly recipients?: readonly string[]
  readonly channels?: Readonly<Record<string, Partial<ChannelRule>>>
}

export interface Street {
  readonly now: Instant
  readonly ledger: LedgerState
  readonly asked: Readonly<Record<BundleName, Asked>>
  readonly policies: Partial<Policies>
  readonly health: readonly HealthFact[]
}

/** One bundle, the one of planning.ts, before its first release. */
export function street(own: Partial<Street> = {}): Street {
  return { now: NOW, ledger: EMPTY_LEDGER, asked: { [NAME]: {} }, policies: {}, health: [], ...own }
}

/** The same with something else asked of the one bundle. */
export function asking(before: Street, asked: Asked, name: BundleName = NAME): Street {
  const old = before.asked[name] ?? {}
  const channels = { ...old.channels, ...asked.channels }
  return { ...before, asked: { ...before.asked, [name]: { ...old, ...asked, channels } } }
}

export function waited(before: Street, millis: number): Street {
  return { ...before, now: later(before.now, millis) }
}

export interface StreetRun {
  readonly street: Street
  readonly outcome: PlanOutcome
}

/** Plans, performs, and plans again: the second finds nothing to do. */
export function run(before: Street): StreetRun {
  const outcome = planOf(before)
  const built = new Map(
    outcome.plan.steps.flatMap(step =>
      step.kind === "release" ? [[step.bundle, builtFrom(before, step)] as const] : [],
    ),
  )
  const street = { ...before, ledger: perform(before.ledger, outcome.plan, built) }
  const again = planOf(street).plan.steps
  if (again.length > 0) throw new Error(`performing left something to plan: ${JSON.stringify(again)}`)
  return { street, outcome }
}

export function planOf({ now, ledger, asked, policies: own, health }: Street): PlanOutcome {
  return plan({
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    ledgerHead: null,
    policies: policies(own),
    health,
    matrix: new Map(),
    desired: new Map(Object.entries(asked).map(([name, each]) => [name as BundleName, desiredOf(name, each)])),
    ledger,
    unrecorded: new Map(),
    catalog: {
      apiVersion: "scb/v1",
      kind: "CatalogIndex",
      version: ledger.sequence,
      epoch: ledger.epoch,
      issuedAt: now,
      expiresAt: later(now, 4_000 * DAY),
      shards: {},
      invalidations: [],
      revocationLists: {},
    },
    locate: file => ({ file, line: 1, column: 1 }),
    now,
  })
}

function desiredOf(
  name: string,
  { bundle = {}, keyspace = "k0", environment = "production", recipients, channels = {} }: Asked,
): Desired {
  const [cluster = "", short = ""] = name.split("/")
  const base = bundleOf({ fullName: name as BundleName, cluster, name: short, ...bundle })
  const rules = new Map(base.channels)
  for (const [channel, rule] of Object.entries(channels)) {
    const before: ChannelRule = rules.get(channel) ?? { follow: "candidate", after: 0, rollout: { kind: "at-once" } }
    rules.set(channel, { ...before, ...rule })
  }
  return {
    bundle: { ...base, channels: rules },
    input: inputOf({ name: short, keyspace, ...(recipients && { recipients }) }, { name: cluster, environment }),
    inputDigest: digestOf(keyspace),
  }
}

function digestOf(keyspace: string): string {
  return Buffer.from(keyspace).toString("hex").padEnd(64, "0")
}

function builtFrom({ now, asked }: Street, { bundle, version, change, reason, predecessor }: ReleaseStep) {
  const { input, inputDigest } = desiredOf(bundle, asked[bundle] ?? {})
  return recordOf({
    version,
    publishedAt: now,
    change,
    reason,
    input,
    inputDigest,
    ...(predecessor === undefined ? {} : { predecessor }),
  })
}

export function historyIn({ ledger }: Street, name: BundleName = NAME): BundleHistory {
  return ledger.bundles.get(name) ?? emptyHistory(name)
}

export function stateOf(at: Street, channel: string, name: BundleName = NAME): ChannelState | undefined {
  return channelState(historyIn(at, name), channel)
}

/** Why no channel may lead to a version: the law written down a second time, without a look at `standing.ts`. */
export function objectionsTo({ releases, marks }: BundleHistory, version: string, now: Instant): readonly string[] {
  const notAfter = releases.find(each => each.version === version)?.certificate.notAfter
  const own = marks.filter(mark => mark.version === version).map(({ kind }) => kind)
  return [
    ...(notAfter === undefined ? ["not released"] : []),
    ...(notAfter !== undefined && notAfter <= now ? ["expired"] : []),
    ...["revoked", ...PHASES].filter(each => own.some(kind => kind === each)),
  ]
}

/** What clients see: e.g. `1.0.0`, `1.0.0 10%:1.1.0`, `nowhere`. */
export function seen(at: Street, channel = "stable", name: BundleName = NAME): string {
  const state = channelTarget(at.ledger.invalidations, historyIn(at, name), channel, momentAt(at.now))
  if (state === undefined) return "nowhere"
  const { version, ahead } = state
  return ahead === undefined ? version : `${version} ${ahead.percent}%:${ahead.version}`
}

/** Without notes. */
export function codes({ findings }: PlanOutcome): readonly string[] {
  const worse = findings.filter(({ severity }) => severity !== "note")
  return [...new Set(worse.map(({ code }) => code))].sort()
}

/** e.g. `stable 1.0.0 -> 1.1.0 for 10 percent, follow`. */
export function movesOf({ plan: { steps } }: PlanOutcome): readonly string[] {
  return steps.flatMap(step => {
    if (step.kind !== "point") return []
    const whom = step.percent === undefined ? "" : ` for ${step.percent} percent`
    return [`${step.channel} ${step.from ?? "nowhere"} -> ${step.to ?? "nowhere"}${whom}, ${step.reason}`]
  })
}

/** e.g. `stable soak fail`. */
export function waitsOf({ waits }: PlanOutcome): readonly string[] {
  return waits.flatMap(({ channel, gates }) =>
    gates.filter(({ answer }) => answer !== "pass").map(({ check, answer }) => `${channel} ${check} ${answer}`),
  )
}

export function traffic(at: Street, version: string, samples: number, failures: number): HealthFact {
  return { kind: "traffic", bundle: NAME, version, at: at.now, samples, failures }
}

export function probe(at: Street, version: string, healthy: boolean): HealthFact {
  return { kind: "probe", bundle: NAME, version, at: at.now, healthy }
}
