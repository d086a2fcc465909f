import { Refusal } from "../call.ts"
import type { Repository } from "../model.ts"

/** Rulesets and branch protection: what a change of a ref must keep to. */
export function refuseByRules(repository: Repository, ref: string, change: RefChange): void {
  void repository
  void ref
  void change
  void Refusal
}

export type RefChange = "creation" | "update" | "deletion" | "non_fast_forward"
