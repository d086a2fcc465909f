import type { ApprovalOutcome } from "../domain/authorization/approval.ts"
import type { AuthorizationDecision, QuorumState } from "../domain/authorization/decision.ts"
import type { ChangeEvidence } from "../domain/authorization/evidence.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import { resultJson } from "./result.ts"
import { counted, paint, printable, type Style, table } from "./style.ts"

/** More than this nobody reads; `--format json` has them all. */
const ITEMS_SHOWN = 20

/** For people: of each commit what it does, who has to approve it, who has, who does not count, and why it is refused. */
export function renderAuthorizationText(decisions: readonly AuthorizationDecision[], style: Style): string {
  if (decisions.length === 0) {
    return `${paint("green", "nothing to authorise", style)}: all there is was authorised, or nobody asks for approvals\n`
  }
  return decisions.map(decision => decisionText(decision, style)).join("\n")
}

export function decisionText(decision: AuthorizationDecision, style: Style): string {
  const { commit, revision, evidence, emergency, items, quorums, notCounted, refusals } = decision
  const by = revision === undefined ? "" : `, by revision ${revision} of the policy`
  const found = evidence === undefined ? "" : `; ${printable(evidence.source)}`
  const shown = items.slice(0, ITEMS_SHOWN)
  const rows = [
    ...shown.map(item => ["does", `${item.what} (${item.class}, ${item.effect})`]),
    ...(items.length > shown.length ? [["", `and ${items.length - shown.length} more`]] : []),
    ...quorums.map(quorum => ["needs", quorumText(quorum)]),
    ...(emergency === undefined
      ? []
      : [["emergency", `${emergency.name}, to be reviewed before ${formatInstant(emergency.reviewBy)}`]]),
    ...notCounted.map(({ who, sentence }) => ["not counted", `${who}: ${sentence}`]),
    ...refusals.map(({ sentence }) => ["refused", sentence]),
  ]
  const indented = table(rows.map(row => row.map(printable))).replaceAll(/^(?=.)/gm, "  ")
  return `commit ${commit.slice(0, 12)}  ${verdictText(decision, style)}${by}${found}\n${indented}`
}

function verdictText({ verdict }: AuthorizationDecision, style: Style): string {
  switch (verdict) {
    case "authorized":
      return paint("green", "authorised", style)
    case "refused":
      return paint("red", "refused", style)
    case "anchor":
      return paint("cyan", "anchor: from here on changes are authorised", style)
  }
}

function quorumText({ count, from, rule, counted: names, missing, candidates }: QuorumState): string {
  const has = names.length === 0 ? "nobody yet" : names.join(", ")
  const others = candidates.length === 0 ? "nobody else can" : `${candidates.join(", ")} can`
  const open = missing === 0 ? "" : `; ${counted(missing, "approval")} missing, ${others}`
  return `${count} of ${from} (rule ${rule}): ${has}${open}`
}

export function renderAuthorizationJson(decisions: readonly AuthorizationDecision[]): string {
  return resultJson("Authorization", { decisions: decisions.map(decisionJson) })
}

export function decisionJson({ emergency, evidence, ...rest }: AuthorizationDecision): Json {
  return {
    ...(rest as unknown as { readonly [key: string]: Json }),
    ...(emergency === undefined
      ? {}
      : { emergency: { name: emergency.name, reviewBy: formatInstant(emergency.reviewBy) } }),
    ...(evidence === undefined ? {} : { evidence: evidenceJson(evidence) }),
  }
}

function evidenceJson({ at, verdicts, guard, ...rest }: ChangeEvidence): Json {
  return {
    ...(rest as unknown as { readonly [key: string]: Json }),
    at: formatInstant(at),
    verdicts: verdicts.map(verdict => ({ ...verdict, at: formatInstant(verdict.at) })) as unknown as Json,
    ...(guard === undefined
      ? {}
      : { guard: { readAt: formatInstant(guard.readAt), rules: guard.rules.map(rule => ({ ...rule })) } }),
  }
}

export function renderApprovalText(approval: ApprovalOutcome, style: Style): string {
  const { outcome, verdict, name, commit, decision } = approval
  const done = `${name}: ${verdict} ${commit.slice(0, 12)}`
  const lines = {
    signed: `${paint("green", "signed", style)}: ${done}; next: git push origin approvals\n`,
    already: `already so: ${done}; if it is not pushed yet: git push origin approvals\n`,
    shown: `would sign: ${done}\n`,
  }
  return `${lines[outcome]}\n${decisionText(decision, style)}`
}

export function renderApprovalJson({ decision, ...rest }: ApprovalOutcome): string {
  return resultJson("Approval", { ...rest, decision: decisionJson(decision) })
}
