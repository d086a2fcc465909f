import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import type { BundleName } from "../domain/names.ts"
import type { Plan } from "../domain/plan/plan.ts"
import { describeMarking, describeMove, type Step } from "../domain/plan/steps.ts"
import type { FailedAttempt, LedgerState } from "../domain/release.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Ledger, LedgerSnapshot, PreparedCommit, Signer } from "../ports.ts"
import { formatLedger, parseLedgerLazily } from "../schema/ledger.ts"
import { type TrustAnchor, verifySignature } from "./trust.ts"

export interface ReadLedger {
  readonly snapshot: LedgerSnapshot
  readonly state: LedgerState
}

/** A transaction that anybody may make history, and nobody can change. */
export interface SignedTransaction {
  readonly prepared: PreparedCommit
  readonly signature: string
}

/**
 * Reads the ledger and believes it only if its newest commit is signed by a release signer: that commit's hash covers
 * all earlier ones, and whoever signed it had believed them in the same way.
 */
export async function readLedger(ledger: Ledger, anchors: readonly TrustAnchor[], now: Instant): Promise<ReadLedger> {
  const snapshot = await ledger.read({ wait: true })
  if (snapshot.head !== null) await verifyHead(ledger, snapshot.head, anchors, now)
  return { snapshot, state: parseLedgerLazily(snapshot.files) }
}

/** Signs the commit that turns the ledger into `next`, with `records` beside it; touches no history yet. */
export async function prepareTransaction(
  ledger: Ledger,
  from: ReadLedger,
  next: LedgerState,
  plan: Plan,
  signer: Signer,
  failed: ReadonlyMap<BundleName, FailedAttempt> = new Map(),
  records: ReadonlyMap<string, string> = new Map(),
): Promise<SignedTransaction> {
  const touched = new Set([...plan.steps.map(step => step.bundle), ...failed.keys()])
  const files = new Map([...formatLedger(next, touched), ...records])
  const prepared = await ledger.prepare(from.snapshot.head, files, transactionMessage(plan, failed), plan.now)
  const signature = await signer.sign(encodeUtf8(prepared.payload), plan.now)
  return { prepared, signature }
}

/** First line for `git log --oneline`, then a line a step. */
function transactionMessage(plan: Plan, failed: ReadonlyMap<BundleName, FailedAttempt>): string {
  const releases = plan.steps.filter(step => step.kind === "release").length
  const marks = plan.steps.filter(step => step.kind === "mark").length
  const moves = plan.steps.length - releases - marks
  const lines = [
    ...plan.invalidations.map(({ name, revocation }) => `invalidate by ${name}: ${revocation.reason}`),
    ...plan.steps.map(describeStep),
    ...[...failed].map(([bundle, { version, error }]) => `fail ${bundle} ${version}: ${error}`),
  ]
  return `${releases} released, ${marks} marked, ${moves} pointed\n\n${lines.join("\n")}\n\nsource: ${plan.commit}\n`
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case "release":
      return `release ${step.bundle} ${step.version}: ${step.cause}`
    case "mark":
      return `mark ${step.bundle} ${step.version} ${describeMarking(step.mark)}`
    case "point":
      return `point ${step.bundle} ${step.channel} ${describeMove(step)}`
  }
}

async function verifyHead(ledger: Ledger, head: string, anchors: readonly TrustAnchor[], now: Instant): Promise<void> {
  const [commit] = await ledger.history(1)
  if (commit === undefined || commit.id !== head) {
    throw new ScbError("ledger-moved", `the ledger moved away from ${head.slice(0, 12)} while it was read`, {
      hint: "run it again",
    })
  }
  if (commit.signature === undefined) {
    throw new ScbError("signature-missing", `ledger commit ${head.slice(0, 12)} is not signed`, {
      hint: "somebody wrote to the ledger by hand; go back to the last signed commit",
    })
  }
  const payload = encodeUtf8(commit.payload)
  await verifySignature({
    data: payload,
    signature: commit.signature,
    anchors,
    now,
    subject: `ledger commit ${head.slice(0, 12)}`,
  })
}
