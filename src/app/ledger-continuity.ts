import { ScbError } from "../domain/errors.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { LedgerCommit } from "../ports.ts"
import { parseDistribution } from "../schema/repository.ts"
import type { ReadLedger } from "./ledger.ts"
import { signerAnchors } from "./plan.ts"
import { type TrustAnchors, verifySignature } from "./trust.ts"
import type { World } from "./world.ts"

/**
 * Who can push could name himself as a signer on `main`, and let a ledger of his say that this was authorised. So before
 * a ledger is believed about that, each of its newest transactions has to be by our own key, behind which nobody looks,
 * or by a signer whom the commit that the transaction before was made from had named; without a key of ours, as in an
 * audit, all of them have to. Throws `signer-untrusted`.
 */
export async function requireContinuity(
  world: Pick<World, "workspace" | "ledger" | "now">,
  { state }: ReadLedger,
  anchors: TrustAnchors,
  own?: string,
): Promise<void> {
  if (state.authorization === undefined) return
  const signerOf = async (commit: LedgerCommit, keys: TrustAnchors): Promise<string> => {
    const data = encodeUtf8(commit.payload)
    const subject = `ledger commit ${commit.id.slice(0, 12)}`
    return (await verifySignature({ data, signature: commit.signature ?? "", anchors: keys, now: world.now, subject }))
      .fingerprint
  }
  const [head] = await world.ledger.history(1)
  if (head === undefined || (await signerOf(head, anchors)) === own) return
  const commits = await world.ledger.history()
  for (const [index, commit] of commits.entries()) {
    const before = commits[index + 1]
    if (before === undefined) return
    const named = [...(await anchorsAt(world, before)), ...anchors.filter(({ fingerprint }) => fingerprint === own)]
    if ((await signerOf(commit, named)) === own) return
  }
}

/** The signers that a transaction's commit of `main` names. */
async function anchorsAt(
  { workspace }: Pick<World, "workspace">,
  { id, payload }: LedgerCommit,
): Promise<TrustAnchors> {
  const [, source] = /\n\nsource: ([0-9a-f]{40})\n*$/.exec(payload) ?? []
  if (source !== undefined) {
    const { tree } = await workspace.readCommit(source, () => true)
    const distribution = parseDistribution(tree)
    if (distribution !== undefined) return signerAnchors(tree, distribution)
  }
  throw new ScbError("ledger-corrupt", `ledger commit ${id.slice(0, 12)} does not say what it was made from`)
}
