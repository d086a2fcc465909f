import type { Finding } from "../domain/findings.ts"
import { type BundleImpact, type Impact, impactOf } from "../domain/impact.ts"
import type { BundleName } from "../domain/names.ts"
import { matchesGlob } from "../domain/selector.ts"
import { planChange } from "./plan.ts"
import type { World } from "./world.ts"

/** Each member that is there narrows it down; within one any value will do. */
export interface ImpactSelection {
  /** Full names, with `*` for any run of characters but `/`. */
  readonly bundles?: readonly string[]
  readonly environments?: readonly string[]
  readonly owners?: readonly string[]
}

export interface ImpactReport {
  readonly impact: Impact
  /** All that are declared. */
  readonly declared: readonly BundleName[]
  readonly findings: readonly Finding[]
}

/** Reads only. */
export async function readImpact(world: World, selection: ImpactSelection): Promise<ImpactReport> {
  const { plan, findings, ledger, desired } = await planChange(world)
  return {
    impact: impactOf({ plan, desired, ledger: ledger.state }, each => isSelected(selection, each)),
    declared: [...desired.keys()],
    findings,
  }
}

function isSelected({ bundles, environments, owners }: ImpactSelection, each: BundleImpact): boolean {
  return (
    (bundles?.some(glob => matchesGlob(glob, each.bundle)) ?? true) &&
    (environments?.includes(each.environment) ?? true) &&
    (owners?.includes(each.owner) ?? true)
  )
}
