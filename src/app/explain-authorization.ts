import type { AuthorizationDecision } from "../domain/authorization/decision.ts"
import { standingIn } from "../domain/authorization/standing.ts"
import { ScbError } from "../domain/errors.ts"
import { authorizationFile, parseAuthorization } from "../schema/authorization-record.ts"
import {
  authorizeMain,
  judgeCommit,
  liveEvidence,
  type MainHead,
  policyReader,
  recordedEvidence,
  recordedStanding,
} from "./authorize.ts"
import { type ReadLedger, readLedger } from "./ledger.ts"
import { requireContinuity } from "./ledger-continuity.ts"
import { trustAnchors } from "./plan.ts"
import { readSoundRepository } from "./read-repository.ts"
import type { TrustAnchors } from "./trust.ts"
import type { World } from "./world.ts"

/** All commits of HEAD since the one up to which the ledger has them authorised. */
export async function explainPending(world: World): Promise<readonly AuthorizationDecision[]> {
  const { head, ledger } = await readMain(world)
  return authorizeMain(world, head, ledger.state)
}

/** One commit, acted on or not, judged anew. */
export async function explainCommit(world: World, revision: string): Promise<readonly AuthorizationDecision[]> {
  const { head, ledger } = await readMain(world)
  const commit = await world.history.find(revision)
  if (ledger.state.authorization === undefined && commit.id === head.commit) {
    return authorizeMain(world, head, ledger.state)
  }
  return [
    await judgeCommit(
      world,
      policyReader(world),
      commit,
      undefined,
      liveEvidence(world),
      standingIn(ledger.state.bundles),
    ),
  ]
}

/**
 * All that was ever acted on, or one commit of it, judged again by what the ledger has kept: no forge, no statements.
 * Throws `evidence-malformed` where some of it is lost, and what reading the ledger throws when somebody has touched it.
 */
export async function explainRecorded(world: World, revision?: string): Promise<readonly AuthorizationDecision[]> {
  const { head, ledger, anchors } = await readMain(world)
  const { authorization } = ledger.state
  if (authorization === undefined) return []
  await requireContinuity(world, ledger, anchors)
  const { files } = ledger.snapshot
  const anchor = await anchorBefore(world, files, authorization.commit)
  const upTo = { ...head, commit: authorization.commit }
  const from = { commit: anchor.commit, ...(anchor.revision === undefined ? {} : { revision: anchor.revision }) }
  const decisions = [
    anchor,
    ...(await authorizeMain(world, upTo, { authorization: from }, recordedEvidence(files), recordedStanding(files))),
  ]
  if (revision === undefined) return decisions
  const { id } = await world.history.find(revision)
  const found = decisions.filter(({ commit }) => commit === id)
  if (found.length > 0) return found
  throw new ScbError("not-found", `the ledger has recorded nothing of commit ${id.slice(0, 12)}`)
}

/** Where the unbroken line of records that leads to a commit begins. */
async function anchorBefore(
  { history }: World,
  files: ReadonlyMap<string, string>,
  commit: string,
): Promise<AuthorizationDecision> {
  let oldest: AuthorizationDecision | undefined
  for (let id: string | undefined = commit; id !== undefined; ) {
    const text = files.get(authorizationFile(id))
    if (text === undefined) break
    oldest = parseAuthorization(id, text)
    id = (await history.find(id)).parents[0]
  }
  if (oldest?.verdict === "anchor") return oldest
  const lost = oldest?.commit ?? commit
  throw new ScbError(
    "evidence-malformed",
    `the ledger does not say how what came before ${lost.slice(0, 12)} was authorised`,
    {
      hint: "evidence was taken out of it: go back to its last signed commit that has it",
    },
  )
}

async function readMain(world: World): Promise<{
  readonly head: MainHead
  readonly ledger: ReadLedger
  readonly anchors: TrustAnchors
}> {
  const { commit, tree } = await world.workspace.readCommit("HEAD")
  const source = await readSoundRepository(tree, world)
  const anchors = trustAnchors(source)
  const ledger = await readLedger(world.ledger, anchors, world.now)
  return { head: { commit, repository: source.repository }, ledger, anchors }
}
