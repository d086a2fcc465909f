import { matchesGlob } from "../revocation/selector.ts"
import type { ApprovalRule, ApprovalsPolicy, Quorum } from "./approvals-policy.ts"
import type { ChangeItem } from "./decision.ts"
import type { Emergency } from "./emergency.ts"

/** What has to be approved by whom, and by which rule. */
export interface Requirement {
  readonly rule: string
  readonly require: readonly Quorum[]
  readonly items: readonly ChangeItem[]
}

/**
 * All that is asked of a change. What gives needs every rule that applies to it, or `otherwise`; what takes away needs
 * more than one person only from more than `maximumBundles`. During an emergency its quorum stands for those of the
 * classes that it is for.
 */
export function requirementsOf(
  policy: ApprovalsPolicy,
  items: readonly ChangeItem[],
  blastRadius: number,
  emergency?: Emergency,
): readonly Requirement[] {
  const eased = (item: ChangeItem) => isEased(policy, item, emergency)
  const grants = items.filter(item => item.effect === "grant")
  const reductions = items.filter(item => item.effect === "reduce")
  const many = blastRadius > policy.reductions.maximumBundles ? reductions : []
  const ordinary = grants.filter(item => !eased(item))
  const unruled = ordinary.filter(item => !policy.rules.some(rule => applies(rule, item)))
  return [
    ...policy.rules.map(rule => ({
      rule: rule.name,
      require: rule.require,
      items: ordinary.filter(item => applies(rule, item)),
    })),
    { rule: "otherwise", require: policy.otherwise, items: unruled },
    { rule: "reductions", require: policy.reductions.require, items: many.filter(item => !eased(item)) },
    {
      rule: emergency === undefined ? "emergency" : `emergency ${emergency.name}`,
      require: policy.emergency?.require ?? [],
      items: [...grants, ...many].filter(eased),
    },
  ].filter(requirement => requirement.items.length > 0)
}

/** Policies are never changed in a hurry; that there is one may be declared. */
function isEased({ emergency: eased }: ApprovalsPolicy, item: ChangeItem, emergency: Emergency | undefined): boolean {
  if (eased === undefined) return false
  if (item.declares === "emergency") return true
  return emergency !== undefined && item.class !== "policy" && eased.classes.includes(item.class)
}

export function applies({ paths, classes, environments, clusters }: ApprovalRule, item: ChangeItem): boolean {
  const { cluster, environment } = item
  return (
    (paths === undefined || paths.some(glob => matchesPath(glob, item.path))) &&
    (classes === undefined || classes.includes(item.class)) &&
    (environments === undefined || (environment !== undefined && environments.includes(environment))) &&
    (clusters === undefined || (cluster !== undefined && clusters.some(glob => matchesGlob(glob, cluster))))
  )
}

// `*` stands for any run of characters within a folder, `**` for any folders: `bundles/**` is all that lies below.
export function matchesPath(glob: string, path: string): boolean {
  const pattern = glob
    .split("/")
    .map(part => (part === "**" ? "**" : part.split(/\*+/).map(escaped).join("[^/]*")))
    .join("/")
    .replace(/(?<=^|\/)\*\*\//g, "(?:[^/]+/)*")
    .replace(/\*\*$/, ".+")
  return new RegExp(`^${pattern}$`, "s").test(path)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
}
