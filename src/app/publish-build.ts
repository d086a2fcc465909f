import { sha256 } from "../artifact/digest.ts"
import { ScbError } from "../domain/errors.ts"
import type { PublishOutcome } from "../domain/outcome.ts"
import { decodeUtf8, encodeUtf8 } from "../domain/utf8.ts"
import {
  CATALOG_INDEX,
  catalogShardPath,
  catalogSignaturePath,
  type Releases,
  revocationListPath,
  type SignedCatalog,
} from "../ports.ts"
import { type BuildDocument, parseCatalogIndex } from "../schema/documents.ts"
import { parseLedger } from "../schema/ledger.ts"
import { authorizeMain, type MainHead, recordAuthorization, recordedEvidence, requireAuthorized } from "./authorize.ts"
import type { BuiltChange } from "./build.ts"
import { readLedger } from "./ledger.ts"
import { requireOwnRun } from "./own-run.ts"
import { trustAnchors } from "./plan.ts"
import { publishChange } from "./publish.ts"
import { readSoundRepository } from "./read-repository.ts"
import { LIMITS, type TrustAnchor, verifySignature } from "./trust.ts"
import type { World } from "./world.ts"

/** What a build leaves for `publish`, in the form in which it is written down. */
export function buildDocument({ plan, transaction }: BuiltChange): BuildDocument {
  if (transaction === undefined) return { plan }
  const { parent, payload, files } = transaction.prepared
  return { plan, transaction: { parent, payload, files, signature: transaction.signature } }
}

/**
 * Publishes a build that another job made: only if it was made from the commit that HEAD is now, and only what a
 * release signer of that commit's policy has signed. Throws `stale-build`, and what verification throws.
 */
export async function publishBuild(world: World, build: BuildDocument, staged: Releases): Promise<PublishOutcome> {
  const { commit, tree } = await world.workspace.readCommit()
  if (build.plan.commit !== commit) {
    throw new ScbError("stale-build", `the build is of commit ${short(build.plan.commit)}, HEAD is ${short(commit)}`, {
      hint: "build again",
    })
  }
  const source = await readSoundRepository(tree, world)
  requireOwnRun(world, source.repository.policies)
  const anchors = trustAnchors(source)
  const claim = { anchors, now: world.now }
  const { transaction } = build
  if (transaction !== undefined) {
    const data = encodeUtf8(transaction.payload)
    await verifySignature({
      ...claim,
      data,
      signature: transaction.signature,
      subject: "the ledger commit of the build",
    })
  }
  await requireStillAuthorized(world, { commit, repository: source.repository }, anchors, transaction?.files)
  const catalog = await stagedCatalog(staged)
  if (catalog !== undefined) {
    const signature = decodeUtf8(catalog.signature)
    await verifySignature({ ...claim, data: catalog.index, signature, subject: "the catalog of the build" })
  }
  const change: BuiltChange = {
    plan: build.plan,
    staged,
    made: new Set(),
    findings: [],
    failures: new Map(),
    ...(transaction === undefined ? {} : { transaction: { prepared: transaction, signature: transaction.signature } }),
    ...(catalog === undefined ? {} : { catalog }),
  }
  const releases = world.releases(source.repository.policies.distribution.releases)
  return publishChange(change, { releases, ledger: world.ledger, reporter: world.reporter })
}

/**
 * The build has judged already; whoever writes judges again. By the evidence that is about to be recorded, and anew
 * where approvals can be asked for; a build that records nothing is judged anew only. Throws `change-unauthorized`,
 * `evidence-malformed`.
 */
async function requireStillAuthorized(
  world: World,
  main: MainHead,
  anchors: readonly TrustAnchor[],
  files: ReadonlyMap<string, string> | undefined,
): Promise<void> {
  const { state } = await readLedger(world.ledger, anchors, world.now)
  if (files !== undefined) {
    const recorded = await authorizeMain(world, main, state, recordedEvidence(files))
    requireAuthorized(recorded)
    const { upTo } = recordAuthorization(main, state.authorization, recorded)
    const claimed = parseLedger(files).authorization
    if (claimed?.commit !== upTo?.commit || claimed?.revision !== upTo?.revision) {
      throw new ScbError(
        "evidence-malformed",
        `the build says that changes are authorised up to ${claimed?.commit ?? "nowhere"}, expected ${upTo?.commit ?? "nowhere"}`,
        { hint: "build again" },
      )
    }
  }
  try {
    requireAuthorized(await authorizeMain(world, main, state))
  } catch (error) {
    const cannotAsk = error instanceof ScbError && error.code === "token-missing"
    if (!cannotAsk || files === undefined) throw error
  }
}

/** Leaves a catalog beside the staged releases. One of the same age is there when the same build was made twice within a second. */
export async function stageCatalog(catalog: SignedCatalog, staged: Releases): Promise<void> {
  try {
    await staged.publishCatalog(catalog)
  } catch (error) {
    const there = await staged.readCatalogFile(CATALOG_INDEX, LIMITS.index)
    if (!(error instanceof ScbError) || error.code !== "catalog-rollback" || there === undefined) throw error
    const [first, second] = [there, catalog.index].map(parseCatalogIndex)
    if (first?.version !== second?.version || first?.issuedAt !== second?.issuedAt) throw error
  }
}

async function stagedCatalog(staged: Releases): Promise<SignedCatalog | undefined> {
  const index = await staged.readCatalogFile(CATALOG_INDEX, LIMITS.index)
  if (index === undefined) return undefined
  const signature = await needed(staged, catalogSignaturePath(sha256(index)), LIMITS.signature)
  const { shards: shardsOf, revocationLists: revocationListsOf } = parseCatalogIndex(index)
  const shards = new Map<string, Uint8Array>()
  for (const shard of Object.values(shardsOf)) {
    shards.set(shard.sha256, await needed(staged, catalogShardPath(shard.sha256), LIMITS.shard))
  }
  const revocationLists = new Map<string, Uint8Array>()
  for (const { complete, delta } of Object.values(revocationListsOf)) {
    for (const { sha256: digest } of delta === undefined ? [complete] : [complete, delta]) {
      revocationLists.set(digest, await needed(staged, revocationListPath(digest), LIMITS.revocationList))
    }
  }
  return { index, signature, shards, revocationLists }
}

async function needed(staged: Releases, path: string, maximumBytes: number): Promise<Uint8Array> {
  const bytes = await staged.readCatalogFile(path, maximumBytes)
  if (bytes !== undefined) return bytes
  throw new ScbError("release-incomplete", `the build lacks ${path}`, { hint: "build again" })
}

function short(commit: string): string {
  return commit.slice(0, 12)
}
