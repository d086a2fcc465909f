import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import type { AuthorizationDecision } from "../domain/authorization/decision.ts"
import { type Standing, standingIn } from "../domain/authorization/standing.ts"
import { ScbError } from "../domain/errors.ts"
import type { History, MainCommit } from "../ports.ts"
import { judgeCommit, liveEvidence, type PolicyAt, policyReader } from "./authorize.ts"
import { readLedger } from "./ledger.ts"
import { signerAnchors } from "./plan.ts"
import type { World } from "./world.ts"

/** What would be merged, or has been. */
export interface Proposed {
  readonly base: PolicyAt
  /** As if it were merged now: the only parent is what it would be merged into. */
  readonly commit: MainCommit
  /** It is part of the branch already: approvals still count, for they name the very tree. */
  readonly isMerged: boolean
}

/**
 * What merging `ref` into the branch of the policy would bring, by the policy of what it is merged into. Throws
 * `not-found`, `stale-build` when it does not hold the newest state of that branch.
 */
export async function proposedMerge(
  world: Pick<World, "workspace" | "history">,
  ref: string,
  into: string,
): Promise<Proposed> {
  const { history } = world
  const [tip, main] = [await history.find(ref), await history.find(into)]
  const isMerged = (await history.broughtIn(main.id, tip.id)).length === 0
  if (isMerged) await requireOnLine(history, tip, main, into)
  const [base = main.id] = isMerged ? tip.parents : [main.id]
  if (!isMerged && (await history.broughtIn(tip.id, main.id)).length > 0) {
    throw new ScbError(
      "stale-build",
      `${ref} does not hold what ${into} holds by now: its merge would be another tree`,
      {
        hint: `rebase it onto ${into}, or merge ${into} into it, and ask for approvals then`,
      },
    )
  }
  const policy = await policyReader(world).at(base)
  if (policy === undefined) throw unasked(isMerged ? `what ${ref} was merged into` : into)
  return { base: policy, commit: isMerged ? tip : { ...tip, parents: [base] }, isMerged }
}

/** What a merge brought in is not acted on: the merge is. */
async function requireOnLine(history: History, tip: MainCommit, main: MainCommit, into: string): Promise<void> {
  await history.firstParents(tip.id, main.id).catch((error: unknown) => {
    if (!(error instanceof ScbError) || error.code !== "history-rewritten") throw error
    throw new ScbError("stale-build", `${tip.id.slice(0, 12)} was merged into ${into} already`, {
      hint: `name the commit of ${into} that brought it: git log --first-parent ${into}`,
    })
  })
}

/** Who has approved what merging `ref` would bring, and who still has to. Throws `not-found` for a pull request. */
export async function readApprovals(world: World, ref: string, into: string): Promise<AuthorizationDecision> {
  const proposed = await proposedMerge(world, ref, into)
  if (!proposed.isMerged && proposed.base.policy.evidence === "github-reviews") {
    throw new ScbError("not-found", `${ref} is not merged, and its approvals are reviews of a pull request`, {
      hint: "scb check --pull-request <number> says who has approved, and who still has to",
    })
  }
  return judgeProposed(world, proposed)
}

export async function judgeProposed(world: World, { commit, base }: Proposed): Promise<AuthorizationDecision> {
  const standing = await standingNow(world, commit.parents[0], base)
  return judgeCommit(world, policyReader(world), commit, undefined, liveEvidence(world), standing)
}

/** Where channels lead now, by a ledger that the signers of `base` vouch for. Throws what reading it throws. */
export async function standingNow(
  world: World,
  base: string | undefined,
  { repository }: Pick<PolicyAt, "repository">,
): Promise<Standing> {
  const { tree } = await world.workspace.readCommit(base, () => true)
  const anchors = signerAnchors(tree, repository.policies.distribution)
  const { state } = await readLedger(world.ledger, anchors, world.now)
  return standingIn(state.bundles)
}

/** Throws `not-found` where approvals are kept elsewhere. */
export function requireSignedApprovals({ evidence }: ApprovalsPolicy): void {
  if (evidence === "signed-approvals") return
  throw new ScbError("not-found", `approvals are ${evidence} here, expected signed-approvals`, {
    hint: "review the pull request",
  })
}

function unasked(base: string): ScbError {
  return new ScbError("not-found", `${base} has no policies/approvals.yaml: nobody asks for approvals`, {
    hint: "docs/approvals.md has one to begin with",
  })
}
