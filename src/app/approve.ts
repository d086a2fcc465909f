import {
  type ApprovalStatement,
  formatStatement,
  parseStatement,
  statementPath,
} from "../artifact/approval-statement.ts"
import { verifyDetached } from "../artifact/openpgp.ts"
import type { ApprovalOutcome } from "../domain/authorization/approval.ts"
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
  const there = await isSaid(world, statements, signer, proposed, statement)
  if (mode === "sign" && !there) await sign(world, statements, signer, statement, name)
  const decision = await judgeProposed(world, proposed)
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

/** Whether this is what the same person said last, and signed. */
async function isSaid(
  { now }: Pick<World, "now">,
  statements: Statements,
  { fingerprint }: Signer,
  { base }: Proposed,
  statement: ApprovalStatement,
): Promise<boolean> {
  const path = statementPath(statement, fingerprint)
  const own = (await statements.about(statement.tree)).flatMap(({ path: place, text, signature }) => {
    const said = place === path ? parseStatement(text) : undefined
    return said === undefined ? [] : [{ said, text, signature }]
  })
  const [last] = own.sort((a, b) => b.said.at - a.said.at)
  if (last === undefined || formatStatement({ ...last.said, at: statement.at }) !== formatStatement(statement)) {
    return false
  }
  const keys = base.keys.filter(key => key.fingerprint === fingerprint)
  const data = encodeUtf8(last.text)
  return verifyDetached({ data, signatureArmored: last.signature, keys, at: now, subject: path }).then(
    () => true,
    () => false,
  )
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
