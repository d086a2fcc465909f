import type { Finding } from "../domain/findings.ts"
import {
  type BundleImpact,
  type Impact,
  type ImpactScene,
  impactOf,
  type MigrationNotice,
} from "../domain/lifecycle/impact.ts"
import type { BundleName } from "../domain/names.ts"
import { matchesGlob } from "../domain/revocation/selector.ts"
import { compareVersions } from "./diff.ts"
import { type PlannedChange, planChange } from "./plan.ts"
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
  /** One for each version that people have to leave. */
  readonly notices: readonly MigrationNotice[]
  /** All that are declared. */
  readonly declared: readonly BundleName[]
  readonly findings: readonly Finding[]
}

/** Reads only. */
export async function readImpact(world: World, selection: ImpactSelection): Promise<ImpactReport> {
  const change = await planChange(world)
  const impact = impactOf(sceneOf(change), each => isSelected(selection, each))
  return {
    impact,
    notices: noticesOf(impact, change, world),
    declared: [...change.desired.keys()],
    findings: change.findings,
  }
}

/** Of the bundles that the plan does something to. Only an invalidation can reach others than its steps name. */
export function planImpact(change: PlannedChange): Impact {
  const { plan, desired, recalled } = change
  const touched = new Set(plan.steps.map(({ bundle }) => bundle))
  const names = plan.invalidations.length === 0 ? touched : [...desired.keys()].filter(name => !recalled.has(name))
  const looked = [...names].flatMap(name => desired.get(name) ?? [])
  const scene = { ...sceneOf(change), desired: new Map(looked.map(each => [each.bundle.fullName, each])) }
  const isRevoked = ({ leaving }: BundleImpact) => leaving.some(({ standing }) => standing === "revoked")
  return impactOf(scene, each => touched.has(each.bundle) || isRevoked(each))
}

function noticesOf({ bundles }: Impact, change: PlannedChange, world: World): readonly MigrationNotice[] {
  return bundles.flatMap(({ bundle, owner, recipients, leaving }) =>
    leaving.map(each => {
      const { version, replacement } = each
      const notice = { bundle, readers: [...new Set([owner, ...recipients])], leaving: each }
      if (replacement === undefined) return notice
      return {
        ...notice,
        comparison: compareVersions(world, change, { bundle, version }, { bundle, version: replacement }),
      }
    }),
  )
}

function sceneOf({ plan, desired, ledger, source }: PlannedChange): ImpactScene {
  return { plan, desired, ledger: ledger.state, lifecycle: source.repository.policies.lifecycle }
}

function isSelected({ bundles, environments, owners }: ImpactSelection, each: BundleImpact): boolean {
  return (
    (bundles?.some(glob => matchesGlob(glob, each.bundle)) ?? true) &&
    (environments?.includes(each.environment) ?? true) &&
    (owners?.includes(each.owner) ?? true)
  )
}
