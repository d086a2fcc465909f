import type { Bundle, VersionDecision } from "../../src/domain/bundle.ts"
import type { Finding } from "../../src/domain/findings.ts"
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import { phaseSteps } from "../../src/domain/lifecycle/phases.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import { type BundlePlanning, withMarks } from "../../src/domain/plan/planning.ts"
import type { MarkStep } from "../../src/domain/plan/steps.ts"
import type { Policies } from "../../src/domain/policies.ts"
import { type BundleHistory, EMPTY_LEDGER, type PointerMove, type ReleaseRecord } from "../../src/domain/release.ts"
import type { HealthFact } from "../../src/domain/rollout/health.ts"
import { bundleOf, historyOf, inputOf, NAME, NOW, planningOf, recordOf } from "./planning.ts"
import { policies } from "./policies.ts"

export const DAY = 86_400_000

export function on(text: string): Instant {
  const instant = parseInstant(text)
  if (instant === undefined) throw new Error(`there is no ${text}`)
  return instant
}

/** A bundle whose versions come and go by the lifecycle alone; nothing else happens to it but what a test does. */
export interface Life {
  readonly history: BundleHistory
  readonly decisions: ReadonlyMap<string, VersionDecision>
  readonly bundle?: Partial<Bundle>
  readonly policies?: Partial<Policies>
  readonly health?: readonly HealthFact[]
}

/** 1.0.0 and 1.1.0, out for a week, good for ten years; both channels lead to the newer. */
export function twoVersions(own: Partial<Life> = {}): Life {
  const releases = ["1.0.0", "1.1.0"].map(longLived)
  return { history: historyOf({ releases, moves: moves("1.1.0", later(NOW, -7 * DAY)) }), decisions: new Map(), ...own }
}

export function longLived(version: string): ReleaseRecord {
  const { certificate } = recordOf()
  const publishedAt = later(NOW, -7 * DAY)
  return recordOf({
    version,
    publishedAt,
    certificate: { ...certificate, notBefore: publishedAt, notAfter: later(NOW, 3_650 * DAY) },
  })
}

export function moves(version: string, at: Instant): readonly PointerMove[] {
  return ["candidate", "stable"].map(channel => ({ channel, version, at, reason: "follow", cause: "test" }))
}

export function deprecating(from: string, more: { readonly replacement?: string; readonly reason?: string } = {}) {
  const deprecated = { from: on(from), reason: "superseded", replacement: "1.1.0", ...more }
  return new Map<string, VersionDecision>([["1.0.0", { deprecated }]])
}

export function extending(from: string, until: string): Life["decisions"] {
  const extended = { until: on(until), reason: "INC-9" }
  const deprecated = { from: on(from), reason: "superseded", replacement: "1.1.0", extended }
  return new Map([["1.0.0", { deprecated }]])
}

export function planningAt(life: Life, now: Instant): BundlePlanning {
  const { history, decisions, health = [] } = life
  return planningOf({
    subject: {
      bundle: bundleOf({ versions: decisions, ...life.bundle }),
      input: inputOf(),
      inputDigest: "1".repeat(64),
    },
    policies: policies(life.policies),
    ledger: { ...EMPTY_LEDGER, bundles: new Map([[NAME, history]]) },
    health: new Map([[NAME, health]]),
    moment: momentAt(now),
    history,
    good: history.releases.at(-1),
  })
}

export interface LifecycleRun {
  readonly life: Life
  readonly steps: readonly MarkStep[]
  readonly findings: readonly Finding[]
}

/** One run of the rules, with what they decide recorded. */
export function runAt(life: Life, now: Instant): LifecycleRun {
  const planning = planningAt(life, now)
  const { steps, findings } = phaseSteps(planning)
  return { life: { ...life, history: withMarks(life.history, steps, planning.moment) }, steps, findings }
}

/** e.g. `1.0.0 limited`. */
export function marked({ steps }: Pick<LifecycleRun, "steps">): readonly string[] {
  return steps.map(({ version, mark }) => `${version} ${mark.kind}`)
}

/** What stands in the way, without the notices. */
export function problems({ findings }: Pick<LifecycleRun, "findings">): readonly string[] {
  return findings.filter(({ code }) => code !== "S35").map(({ code }) => code)
}
