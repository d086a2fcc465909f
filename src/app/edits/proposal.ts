import type { Moment } from "../../domain/plan/moment.ts"
import type { Plan } from "../../domain/plan/plan.ts"
import type { LedgerState } from "../../domain/release.ts"
import type { Repository } from "../../domain/repository.ts"
import type { BlastRadius } from "../../domain/revocation/blast-radius.ts"
import type { ChannelWait } from "../../domain/rollout/channel.ts"
import type { Tree } from "../../ports.ts"

/** What an edit may look at: a sound repository, what has happened, and what would happen without the edit. */
export interface EditScene {
  readonly repository: Repository
  readonly tree: Tree
  readonly ledger: LedgerState
  readonly plan: Plan
  readonly waits: readonly ChannelWait[]
  readonly moment: Moment
}

/** A decision as text of files. */
export interface Proposal {
  /** e.g. `pin payments-prod/checkout stable to 1.4.2`: the first line of its commit. */
  readonly title: string
  readonly reason?: string
  /** Whole texts by path; none where it is already so. */
  readonly files: ReadonlyMap<string, string>
  /** It takes something back, or has what was taken back replaced: neither waits for what is left to be mended. */
  readonly reduces?: true
  readonly radius?: BlastRadius
}

/** Pure. Throws {@link Refusal}. */
export type Edit = (scene: EditScene) => Proposal

/** What was asked for cannot be meant, or is not there. `message` and `hint` as in `ScbError`. */
export class Refusal extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.name = "Refusal"
    this.hint = hint
  }
}
