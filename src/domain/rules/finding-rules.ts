import { BUNDLE_RULES } from "./bundle-rules.ts"
import { FRONT_DOOR_RULES } from "./front-door-rules.ts"
import { LIVE_RULES } from "./live-rules.ts"
import { PLAN_RULES } from "./plan-rules.ts"

/** One kind of finding: its stable code is the key under which it stands. docs/findings.md is generated from these. */
export interface FindingRule {
  readonly severity: "error" | "warning" | "note"
  /** The rule in the present tense, e.g. "every recipient has an OpenPGP key". */
  readonly title: string
  /** Why it matters; the source of the rule where there is one. */
  readonly why: string
  /** What to do. */
  readonly mend: string
}

export const FINDING_RULES = {
  ...FRONT_DOOR_RULES,
  ...PLAN_RULES,
  ...BUNDLE_RULES,
  ...LIVE_RULES,
} as const satisfies Record<string, FindingRule>

export type FindingCode = keyof typeof FINDING_RULES
