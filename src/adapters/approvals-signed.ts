import { type ApprovalStatement, parseStatement } from "../artifact/approval-statement.ts"
import { type TrustedKey, type VerifiedSignature, verifyDetached } from "../artifact/openpgp.ts"
import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import type { Actor, ApprovalContext, Verdict } from "../domain/authorization/evidence.ts"
import { ScbError } from "../domain/errors.ts"
import { earliest, formatInstant, type Instant, latest } from "../domain/instant.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Approvals, History, MainCommit, SourceCommit, Statement, Statements } from "../ports.ts"

export interface SignedApprovalsOptions {
  readonly policy: Pick<ApprovalsPolicy, "repository" | "branch">
  /** Of the people whose signatures mean somebody. */
  readonly keys: readonly TrustedKey[]
  readonly history: History
  readonly statements: Statements
  readonly now: Instant
}

/**
 * Approvals without a forge: OpenPGP statements on the branch `approvals`, and signatures on the commits themselves,
 * for names and addresses in a commit prove nothing. A statement counts whenever it was made: it names the very tree.
 */
export function signedApprovals({ policy, keys, history, statements, now }: SignedApprovalsOptions): Approvals {
  const verify = (data: Uint8Array, signatureArmored: string): Promise<VerifiedSignature | ScbError> =>
    verifyDetached({ data, signatureArmored, keys, at: now, subject: "it" }).catch((error: unknown) => {
      if (error instanceof ScbError) return error
      throw error
    })

  async function verdictOf(
    { path, text, signature }: Statement,
    context: ApprovalContext,
  ): Promise<Verdict | undefined> {
    const statement = parseStatement(text)
    if (statement === undefined) return undefined
    const signed = await verify(encodeUtf8(text), signature)
    const state = statement.verdict === "approved" ? "approved" : "changes-requested"
    const verdict = { state, at: statement.at, id: path } as const
    if (signed instanceof ScbError) {
      const reason = signed.code === "signer-untrusted" ? "unknown-person" : "bad-signature"
      const sentence = `${path} does not count: ${signed.message}`
      return { ...verdict, by: somebody(path), voidBecause: { reason, sentence } }
    }
    const voidBecause = dated(statement, signed) ?? elsewhere(statement, context, policy, signed.fingerprint)
    return { ...verdict, by: actor(signed.fingerprint), ...(voidBecause === undefined ? {} : { voidBecause }) }
  }

  return {
    async evidenceFor(commit) {
      const [base = ""] = commit.parents
      const context = { repository: `local:${policy.repository}`, branch: policy.branch, base, tree: commit.tree }
      const brought = await history.broughtIn(commit.parents[0] ?? null, commit.id)
      const contributors = new Map<string, Actor>()
      const problems: string[] = []
      for (const { id, payload, signature = "" } of await authored(commit, brought, history)) {
        const signed = await verify(payload, signature)
        if (signed instanceof ScbError) problems.push(`nobody knows who made commit ${short(id)}: ${signed.message}`)
        else contributors.set(signed.fingerprint, actor(signed.fingerprint))
      }
      const said: Verdict[] = []
      for (const tree of new Set([commit.tree, ...brought.map(each => each.tree)])) {
        for (const statement of await statements.about(tree)) {
          const verdict = await verdictOf(statement, context)
          if (verdict !== undefined) said.push(verdict)
        }
      }
      const verdicts = said.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
      return {
        kind: "signed-approvals",
        source: `approvals/${commit.tree} on branch approvals`,
        context,
        // the date of a commit is whatever its maker wrote, but not yet to come: who approved says when it was complete
        at: verdicts.reduce(
          (at, verdict) => (verdict.voidBecause === undefined ? latest(at, verdict.at) : at),
          earliest(commit.committedAt, now),
        ),
        contributors: [...contributors.values()],
        verdicts,
        problems,
      }
    },
  }
}

/** A merge that is tree for tree what it merges, of a branch that holds its base, adds nothing: nobody needs to have signed it. */
async function authored(
  commit: MainCommit,
  brought: readonly SourceCommit[],
  history: History,
): Promise<readonly SourceCommit[]> {
  const [base, head, ...others] = commit.parents
  const merged = brought.find(({ id }) => id === head)
  if (base === undefined || head === undefined || others.length > 0 || merged?.tree !== commit.tree) return brought
  const isUpToDate = (await history.broughtIn(head, base)).length === 0
  return isUpToDate ? brought.filter(({ id }) => id !== commit.id) : brought
}

/** Between saying and signing; the order of what one person said goes by what is said. */
const MOST_BETWEEN = 5 * 60_000

function dated({ at }: ApprovalStatement, { createdAt, fingerprint }: VerifiedSignature): Verdict["voidBecause"] {
  if (Math.abs(createdAt - at) <= MOST_BETWEEN) return undefined
  const times = `is of ${formatInstant(at)} and was signed at ${formatInstant(createdAt)}`
  return { reason: "bad-signature", sentence: `what ${fingerprint} signed ${times}` }
}

/** Why a good signature is about something else. */
function elsewhere(
  { repository, branch, base, tree }: ApprovalStatement,
  context: ApprovalContext,
  policy: SignedApprovalsOptions["policy"],
  signer: string,
): Verdict["voidBecause"] {
  const other = (what: string): Verdict["voidBecause"] => ({
    reason: "other-context",
    sentence: `what ${signer} signed is about ${what}`,
  })
  if (repository !== policy.repository) return other(`the repository ${JSON.stringify(repository)}`)
  if (branch !== policy.branch) return other(`the branch ${JSON.stringify(branch)}`)
  if (tree !== context.tree) {
    return { reason: "stale", sentence: `what ${signer} signed is about another state: tree ${short(tree)}` }
  }
  return base === context.base ? undefined : other(`a merge into ${short(base)}, not into ${short(context.base)}`)
}

function actor(fingerprint: string): Actor {
  return { openpgp: fingerprint, label: fingerprint, isBot: false }
}

/** The name of the file says who it claims to be by. */
function somebody(path: string): Actor {
  return { label: path.slice(path.lastIndexOf("/") + 1).replace(/\.json$/, ""), isBot: false }
}

function short(id: string): string {
  return id.slice(0, 12)
}
