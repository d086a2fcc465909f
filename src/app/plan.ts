import { sha256 } from "../artifact/digest.ts"
import type { CatalogIndex } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import { type Finding, finding } from "../domain/findings.ts"
import type { Instant } from "../domain/instant.ts"
import { canonicalJson } from "../domain/json.ts"
import { MANIFEST_NAME, type Manifest, SIGNATURE_NAME } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import { type Desired, type Plan, type PlanRequest, plan, type UnrecordedRelease } from "../domain/plan.ts"
import type { LedgerState } from "../domain/release.ts"
import { releaseInput } from "../domain/release-input.ts"
import { CATALOG_INDEX, catalogSignaturePath, type Releases } from "../ports.ts"
import { parseCatalogIndex, parseManifest } from "../schema/documents.ts"
import { type ReadLedger, readLedger } from "./ledger.ts"
import { policyDigest, readRepository, requireSound, type SoundRepository, textOf } from "./read-repository.ts"
import { LIMITS, type TrustAnchor, verifySignature } from "./trust.ts"
import type { World } from "./world.ts"

/** A plan together with all that it was computed from: what `build` goes on with. */
export interface PlannedChange {
  readonly plan: Plan
  readonly findings: readonly Finding[]
  readonly source: SoundRepository
  readonly ledger: ReadLedger
  readonly releases: Releases
  readonly anchors: readonly TrustAnchor[]
  readonly desired: ReadonlyMap<BundleName, Desired>
}

/** Compares what HEAD asks for with what the ledger says has happened. Reads only. */
export async function planChange(world: World): Promise<PlannedChange> {
  const { commit, tree } = await world.workspace.readCommit()
  const source = requireSound(await readRepository(tree, new Set(world.platforms.keys()), world.now))
  const anchors = trustAnchors(source)
  const ledger = await readLedger(world.ledger, anchors, world.now)
  const releases = world.releases(source.repository.policies.distribution.releases.path)
  const catalog = await publishedCatalog(releases, anchors, world.now)
  requireNewest(ledger.state, catalog)
  const desired = desiredBundles(source)
  const request: PlanRequest = {
    commit,
    policyDigest: policyDigest(tree),
    ledgerHead: ledger.snapshot.head,
    desired: [...desired.values()],
    ledger: ledger.state,
    unrecorded: new Map(),
    catalog,
    locate: source.repository.locate,
    now: world.now,
  }
  const unrecorded = await findUnrecorded(plan(request).plan, ledger.state, releases, anchors, world.now)
  const outcome = plan({ ...request, unrecorded })
  const findings = [...source.findings, ...outcome.findings, ...(await uncommitted(world, commit))]
  return { ...outcome, findings, source, ledger, releases, anchors, desired }
}

export function trustAnchors(source: SoundRepository): readonly TrustAnchor[] {
  return source.repository.policies.distribution.signers.map(signer => ({
    ...signer,
    publicKeyArmored: textOf(source.tree, signer.file),
  }))
}

/** A release that is complete, signed by one of `anchors` and speaks of itself; undefined for anything else. */
export async function readOwnManifest(
  releases: Releases,
  bundle: BundleName,
  version: string,
  anchors: readonly TrustAnchor[],
  now: Instant,
): Promise<{ readonly manifest: Manifest; readonly bytes: Uint8Array } | undefined> {
  try {
    if ((await releases.find(bundle, version)) === undefined) return undefined
    const bytes = await releases.readAsset(bundle, version, MANIFEST_NAME, LIMITS.manifest)
    const signature = await releases.readAsset(bundle, version, SIGNATURE_NAME, LIMITS.signature)
    await verifySignature({
      data: bytes,
      signature: new TextDecoder().decode(signature),
      anchors,
      now,
      subject: `${bundle} ${version}`,
    })
    const manifest = parseManifest(bytes)
    return manifest.bundle === bundle && manifest.version === version ? { manifest, bytes } : undefined
  } catch (error) {
    if (error instanceof ScbError) return undefined
    throw error
  }
}

function desiredBundles(source: SoundRepository): ReadonlyMap<BundleName, Desired> {
  return new Map(
    [...source.repository.bundles.values()].map(bundle => {
      const input = releaseInput(source.repository, source.facts, bundle)
      return [
        bundle.fullName,
        { bundle, input, inputDigest: sha256(new TextEncoder().encode(canonicalJson({ ...input }))) },
      ]
    }),
  )
}

/** The catalog in force, if it is ours: one that does not verify counts as missing and is written again. */
async function publishedCatalog(
  releases: Releases,
  anchors: readonly TrustAnchor[],
  now: Instant,
): Promise<CatalogIndex | undefined> {
  const index = await releases.readCatalogFile(CATALOG_INDEX, LIMITS.index)
  if (index === undefined) return undefined
  const signature = await releases.readCatalogFile(catalogSignaturePath(sha256(index)), LIMITS.signature)
  if (signature === undefined) return undefined
  try {
    await verifySignature({
      data: index,
      signature: new TextDecoder().decode(signature),
      anchors,
      now,
      subject: "the catalog",
    })
    return parseCatalogIndex(index)
  } catch (error) {
    if (error instanceof ScbError) return undefined
    throw error
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

/** Looks, for the bundles that are about to be released, whether a run that was cut off has already published something. */
async function findUnrecorded(
  draft: Plan,
  ledger: LedgerState,
  releases: Releases,
  anchors: readonly TrustAnchor[],
  now: Instant,
): Promise<ReadonlyMap<BundleName, readonly UnrecordedRelease[]>> {
  const found = new Map<BundleName, readonly UnrecordedRelease[]>()
  for (const step of draft.steps) {
    if (step.kind !== "release") continue
    const recorded = new Set(ledger.bundles.get(step.bundle)?.releases.map(release => release.version))
    const versions = (await releases.versions(step.bundle)).filter(version => !recorded.has(version))
    if (versions.length === 0) continue
    found.set(
      step.bundle,
      await Promise.all(versions.map(version => unrecordedRelease(releases, step.bundle, version, anchors, now))),
    )
  }
  return found
}

async function unrecordedRelease(
  releases: Releases,
  bundle: BundleName,
  version: string,
  anchors: readonly TrustAnchor[],
  now: Instant,
): Promise<UnrecordedRelease> {
  const own = await readOwnManifest(releases, bundle, version, anchors, now)
  const usable = own !== undefined && now < own.manifest.expiresAt
  return {
    version,
    inputDigest: usable ? own.manifest.source.inputDigest : undefined,
    predecessor: own?.manifest.predecessor?.version,
  }
}

async function uncommitted(world: World, commit: string): Promise<readonly Finding[]> {
  const paths = await world.workspace.uncommittedChanges()
  return paths.map(path =>
    finding("L05", path, `${path} differs from commit ${commit.slice(0, 12)}, which is what is planned`, {
      at: { file: path, line: 1, column: 1 },
      hint: "commit it, to have it planned",
    }),
  )
}
