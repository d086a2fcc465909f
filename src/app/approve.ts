import {
  type ApprovalStatement,
  formatStatement,
  parseStatement,
  statementPath,
} from "../artifact/approval-statement.ts"
import { verifyDetached } from "../artifact/openpgp.ts"
import type { AuthorizationDecision } from "../domain/authorization/decision.ts"
import { ScbError } from "../domain/errors.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { MainCommit, Signer, Statements } from "../ports.ts"
import { judgeProposed, type Proposed, proposedMerge, requireSignedApprovals } from "./approvals.ts"
import type { World } from "./world.ts"

export interface ApproveRequest {
  readonly ref: string
  readonly into: string
  readonly verdict: ApprovalStatement["verdict"]
  readonly mode: "show" | "sign"
}

export interface ApprovalOutcome {
  /** `shown`: nothing was signed. */
  readonly outcome: "signed" | "already" | "shown"
  readonly verdict: ApprovalStatement["verdict"]
  readonly commit: string
  /** Of the principal who signs. */
  readonly name: string
  readonly isMerged: boolean
  /** What it does and who still has to approve, with this verdict if it was signed. */
  readonly decision: AuthorizationDecision
}

/**
 * Signs a statement about what merging a branch brings, and keeps it on the branch `approvals`. The second time it finds
 * that it is there.
 */
export async function approve(
  world: World,
  statements: Statements,
  signer: Signer,
  { ref, into, verdict, mode }: ApproveRequest,
): Promise<ApprovalOutcome> {
  const proposed = await proposedMerge(world, ref, into)
  requireSignedApprovals(proposed.base.policy)
  const name = requirePerson(signer, proposed)
  const about = { commit: proposed.commit.id, name, verdict, isMerged: proposed.isMerged }
  const statement = statementOn(proposed, verdict, world)
  const there = await isThere(world, statements, signer, proposed, statement)
  if (mode === "sign" && !there) await sign(world, statements, signer, statement, name)
  const decision = await judgeProposed(world, proposed.commit)
  return { ...about, outcome: there ? "already" : mode === "sign" ? "signed" : "shown", decision }
}

function statementOn(
  { base: { policy }, commit }: Proposed,
  verdict: ApprovalStatement["verdict"],
  { now }: Pick<World, "now">,
): ApprovalStatement {
  const { repository, branch } = policy
  return { repository, branch, base: baseOf(commit), tree: commit.tree, verdict, at: now }
}

async function sign(
  { now }: Pick<World, "now">,
  statements: Statements,
  signer: Signer,
  statement: ApprovalStatement,
  name: string,
): Promise<void> {
  const text = formatStatement(statement)
  const signature = await signer.sign(encodeUtf8(text), now)
  const path = statementPath(statement, signer.fingerprint)
  await statements.add({ path, text, signature }, `${name}: ${statement.verdict} ${statement.tree.slice(0, 12)}`, now)
}

/** Whether the same person has said the same already, and has signed it. */
async function isThere(
  { now }: Pick<World, "now">,
  statements: Statements,
  { fingerprint }: Signer,
  { base: { keys } }: Proposed,
  statement: ApprovalStatement,
): Promise<boolean> {
  const path = statementPath(statement, fingerprint)
  for (const { path: place, text, signature } of await statements.about(statement.tree)) {
    const said = parseStatement(text)
    if (
      place !== path ||
      said === undefined ||
      formatStatement({ ...said, at: statement.at }) !== formatStatement(statement)
    )
      continue
    const claim = { data: encodeUtf8(text), signatureArmored: signature, at: now, subject: place }
    const own = keys.filter(key => key.fingerprint === fingerprint)
    if (
      await verifyDetached({ ...claim, keys: own }).then(
        () => true,
        () => false,
      )
    )
      return true
  }
  return false
}

/** The principal whose key it is. Throws `signer-untrusted`. */
function requirePerson({ fingerprint }: Signer, { base }: Proposed): string {
  const { principals } = base.repository.policies.people
  const principal = [...principals.values()].find(({ openpgp }) => openpgp?.fingerprint === fingerprint)
  if (principal?.kind === "person") return principal.name
  const who = principal === undefined ? "nobody" : `${principal.name}, who is a machine`
  throw new ScbError("signer-untrusted", `the approval key ${fingerprint} is of ${who} in policies/people.yaml`, {
    hint: "a person's key is added to people.yaml by a change that others approve",
  })
}

function baseOf({ parents: [base] }: MainCommit): string {
  if (base === undefined) throw new Error("a proposed merge has no base")
  return base
}
