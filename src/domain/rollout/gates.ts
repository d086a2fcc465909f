/** What stands between a version and its release, or between a channel and the version that it would move to. */
export const PROMOTION_GATES = ["soak", "freeze", "environment-order", "health", "quality", "usage"] as const
export type PromotionGate = (typeof PROMOTION_GATES)[number]

/** `inconclusive` is no pass: whatever cannot be known makes automation wait, not go on. */
export type GateAnswer = "pass" | "fail" | "inconclusive"

/** The answer of one check and what it rests on, kept in the ledger with what it let through. */
export interface GateResult {
  /** A promotion gate, or a check of the quality policy. */
  readonly check: string
  readonly answer: GateAnswer
  /** One line: figures, instants, names of what was looked at. Never a secret. */
  readonly evidence: string
  /** Who let it through although it did not pass, and why: an override of the YAML. */
  readonly overridden?: string
}

/** All of them: the worst answer counts, and what was overridden counts as passed. None at all is a pass. */
export function worstAnswer(results: readonly GateResult[]): GateAnswer {
  const answers = results.filter(({ overridden }) => overridden === undefined).map(({ answer }) => answer)
  if (answers.includes("fail")) return "fail"
  return answers.includes("inconclusive") ? "inconclusive" : "pass"
}
