import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import { changesLedger, type Plan, releaseSteps } from "../plan/plan.ts"
import type { FailedAttempt, LedgerState } from "../release.ts"
import type { Violation } from "./laws.ts"
import type { SimulationOutcome } from "./simulation.ts"

/** What is counted on the way. */
export class Tally {
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
