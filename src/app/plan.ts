import { sha256 } from "../artifact/digest.ts"
import type { Bundle } from "../domain/bundle.ts"
import type { CatalogIndex } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import { type Finding, finding } from "../domain/findings.ts"
import { canonicalJson } from "../domain/json.ts"
import type { BundleName } from "../domain/names.ts"
import { NO_NOTES, type Notes, noted } from "../domain/notes.ts"
import type { Desired } from "../domain/plan/desired.ts"
import { type Plan, type PlanIntent, type PlanOutcome, type PlanRequest, plan } from "../domain/plan/plan.ts"
import type { DistributionPolicy } from "../domain/policies.ts"
import type { LedgerState } from "../domain/release.ts"
import { issuerEnd, releaseInput } from "../domain/release-input.ts"
import type { ChannelWait } from "../domain/rollout/channel.ts"
import { serverSide } from "../domain/rotation/guard.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Releases, Tree } from "../ports.ts"
import { type ReadLedger, readLedger } from "./ledger.ts"
import { findUnrecorded, readOwnCatalog } from "./own-releases.ts"
import { policyDigest, readSoundRepository, type SoundRepository, textOf } from "./read-repository.ts"
import { circumstancesOf, note, recalled } from "./recollection.ts"
import type { TrustAnchor } from "./trust.ts"
import type { World } from "./world.ts"

/** A plan together with all that it was computed from: what `build` goes on with. */
export interface PlannedChange extends Pick<PlanOutcome, "standing"> {
  readonly plan: Plan
  /** What the gates keep from happening. */
  readonly waits: readonly ChannelWait[]
  readonly findings: readonly Finding[]
  /** Bundles that an earlier plan decided about: nothing is due, and no version of theirs is revoked. */
  readonly recalled: ReadonlySet<BundleName>
  readonly source: SoundRepository
  readonly ledger: ReadLedger
  readonly releases: Releases
  readonly anchors: readonly TrustAnchor[]
  readonly desired: ReadonlyMap<BundleName, Desired>
  /** The catalog in force, if it is ours. */
  readonly published: CatalogIndex | undefined
}

/** Compares what HEAD asks for with what the ledger says has happened. Reads only. */
export async function planChange(world: World, notes: Notes = NO_NOTES): Promise<PlannedChange> {
  const isRead = (id: string): boolean => notes.get("plain", id) === true
  const { commit, tree } = await world.workspace.readCommit("HEAD", isRead)
  const source = await readSoundRepository(tree, world, notes)
  const anchors = trustAnchors(source)
  const intent = intentOf(world, commit, source, notes)
  const ledger = await readLedger(world.ledger, anchors, world.now)
  const releases = world.releases(source.repository.policies.distribution.releases)
  const catalog = await readOwnCatalog({ releases, anchors, now: world.now })
  requireNewest(ledger.state, catalog)
  const circumstances = circumstancesOf(tree, intent, ledger.snapshot.ids, ledger.state.invalidations)
  const standing = circumstances && recalled(notes, circumstances, intent.desired.keys(), world.now)
  const request: PlanRequest = {
    ...intent,
    ...(standing === undefined ? {} : { standing }),
    ledgerHead: ledger.snapshot.head,
    ledger: ledger.state,
    unrecorded: new Map(),
    catalog,
    now: world.now,
  }
  const draft = plan(request)
  const unrecorded = await findUnrecorded(draft.plan, ledger.state, { releases, anchors, now: world.now })
  const outcome = unrecorded.size === 0 ? draft : plan({ ...request, unrecorded })
  if (circumstances !== undefined) note(notes, circumstances, outcome.standing, world.now)
  const findings = [...source.findings, ...outcome.findings, ...(await uncommitted(world, commit))]
  return {
    ...outcome,
    findings,
    recalled: new Set(standing?.keys()),
    source,
    ledger,
    releases,
    anchors,
    desired: request.desired,
    published: catalog,
  }
}

/** What a plan is made from that people have written, and what is known of the outside. */
export function intentOf(
  { health, platforms }: Pick<World, "health" | "platforms">,
  commit: string,
  source: SoundRepository,
  notes: Notes = NO_NOTES,
): PlanIntent {
  const { policies, locate } = source.repository
  const measured = [...platforms.values()].flatMap(({ name, measuredAt }) =>
    measuredAt ? [[name, measuredAt] as const] : [],
  )
  return {
    commit,
    policyDigest: policyDigest(source.tree),
    policies,
    desired: desiredBundles(source, notes),
    health,
    matrix: new Map(measured),
    locate,
  }
}

export function trustAnchors({ tree, repository }: SoundRepository): readonly TrustAnchor[] {
  return signerAnchors(tree, repository.policies.distribution)
}

export function signerAnchors(tree: Tree, { signers }: DistributionPolicy): readonly TrustAnchor[] {
  return signers.map(signer => ({ ...signer, publicKeyArmored: textOf(tree, signer.file) }))
}

function desiredBundles(source: SoundRepository, notes: Notes): ReadonlyMap<BundleName, Desired> {
  const basisOf = inputBasis(source)
  const sides = new Map([...source.repository.clusters].map(([name, each]) => [name, serverSide(each, source.facts)]))
  return new Map(
    [...source.repository.bundles.values()].map(bundle => {
      const input = lazily(() => releaseInput(source.repository, source.facts, bundle))
      const digest = (): string => sha256(encodeUtf8(canonicalJson({ ...input() })))
      const desired: Desired = {
        bundle,
        get input() {
          return input()
        },
        inputDigest: noted(notes, "input", basisOf(bundle), digest),
        issuerEndsAt: issuerEnd(source.repository, source.facts, bundle),
        servers: sides.get(bundle.cluster) ?? { accepts: [] },
      }
      return [bundle.fullName, desired]
    }),
  )
}

/** Names what an input is made from: the contents of the bundle's files, of its cluster's, and the policies. */
function inputBasis({ tree, repository }: SoundRepository): (bundle: Bundle) => string | undefined {
  const { ids } = tree
  if (ids === undefined) return () => undefined
  const policies = policyDigest(tree)
  const clusters = new Map(
    [...repository.clusters.values()].map(({ name, file, trust, issuer }) => {
      const contents = [file, ...trust, issuer.certificate].map(path => ids.get(path))
      return [name, sha256(encodeUtf8([policies, ...contents].join("\n")))]
    }),
  )
  return ({ file, cluster, key }) =>
    [ids.get(file), key.kind === "csr" ? ids.get(key.request) : "", clusters.get(cluster)].join(" ")
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The catalog follows the ledger. One that is ahead shows that the ledger was overtaken, set back, or is not in this clone. */
function requireNewest({ sequence }: LedgerState, catalog: CatalogIndex | undefined): void {
  if (catalog === undefined || catalog.version <= sequence) return
  throw new ScbError(
    "ledger-moved",
    `the ledger has ${sequence} transactions, the published catalog follows from ${catalog.version}`,
    { hint: "run it again; if that does not help, fetch the branch ledger: this one is old, or is missing here" },
  )
}

async function uncommitted(world: World, commit: string): Promise<readonly Finding[]> {
  const paths = await world.workspace.uncommittedChanges()
  return paths.map(path =>
    finding("S05", path, `${path} differs from commit ${commit.slice(0, 12)}, which is what is planned`, {
      at: { file: path, line: 1, column: 1 },
      hint: "commit it, to have it planned",
    }),
  )
}
