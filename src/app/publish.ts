import { sha256 } from "../artifact/digest.ts"
import type { CatalogIndex } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import type { BundleName } from "../domain/names.ts"
import type { PublishOutcome } from "../domain/outcome.ts"
import { releaseSteps } from "../domain/plan/plan.ts"
import type { ReleaseStep } from "../domain/plan/steps.ts"
import { emptyHistory, type FileDigest, findRelease, type ReleaseRecord } from "../domain/release.ts"
import { type Assets, CATALOG_INDEX, type Ledger, type Releases, type Reporter, type SignedCatalog } from "../ports.ts"
import { parseCatalogIndex } from "../schema/documents.ts"
import { parseLedger } from "../schema/ledger.ts"
import type { BuiltChange } from "./build.ts"
import { LIMITS } from "./trust.ts"

export interface PublishTargets {
  readonly releases: Releases
  readonly ledger: Ledger
  readonly reporter: Reporter
}

/**
 * Releases, then the ledger, then the catalog: at every moment what clients can see is complete. Needs no key. Each
 * step asks first whether it is already done, so a run that was cut off is finished by running it again.
 */
export async function publishChange(change: BuiltChange, targets: PublishTargets): Promise<PublishOutcome> {
  const releases: PublishOutcome["releases"][number][] = []
  const records = recordsOf(change)
  for (const step of releaseSteps(change.plan)) {
    releases.push({
      bundle: step.bundle,
      version: step.version,
      outcome: await publishRelease(step, records.get(step.bundle), change, targets),
      location: targets.releases.describe(step.bundle, step.version),
    })
  }
  const ledgerHead =
    change.transaction === undefined
      ? undefined
      : await targets.ledger.commit(change.transaction.prepared, change.transaction.signature)
  const catalog = change.catalog === undefined ? "unchanged" : await publishCatalog(change.catalog, targets.releases)
  return { releases, ...(ledgerHead === undefined ? {} : { ledgerHead }), catalog }
}

/** What the signed transaction is about to say of each release that it records. */
function recordsOf({ plan, transaction }: BuiltChange): ReadonlyMap<BundleName, ReleaseRecord> {
  if (transaction === undefined) return new Map()
  const { bundles } = parseLedger(transaction.prepared.files)
  const records = new Map<BundleName, ReleaseRecord>()
  for (const step of releaseSteps(plan)) {
    const record = findRelease(bundles.get(step.bundle) ?? emptyHistory(step.bundle), step.version)
    if (record !== undefined) records.set(step.bundle, record)
  }
  return records
}

async function publishRelease(
  step: ReleaseStep,
  record: ReleaseRecord | undefined,
  change: BuiltChange,
  targets: PublishTargets,
): Promise<"published" | "already"> {
  const inPlace = change.staged === targets.releases
  const outcome = inPlace ? doneByBuild(step, change) : await copyRelease(step, record, change.staged, targets)
  requireBuilt(step, record, await targets.releases.find(step.bundle, step.version))
  return outcome
}

/** The ledger is about to vouch for these very files. Throws `digest-mismatch`. */
function requireBuilt(
  step: ReleaseStep,
  record: ReleaseRecord | undefined,
  files: readonly FileDigest[] | undefined,
): void {
  for (const expected of [record?.manifest, record?.payload]) {
    const found = files?.find(file => file.name === expected?.name)
    if (found === undefined || found.sha256 !== expected?.sha256) throw notWhatWasBuilt(step, expected?.name)
  }
}

function doneByBuild(step: ReleaseStep, { made }: BuiltChange): "published" | "already" {
  return made.has(step.bundle) ? "published" : "already"
}

/** A release that the build took up from an earlier run is not staged: it is where it belongs already. */
async function copyRelease(
  step: ReleaseStep,
  record: ReleaseRecord | undefined,
  staged: Releases,
  targets: PublishTargets,
): Promise<"published" | "already"> {
  const digests = await staged.find(step.bundle, step.version)
  if (digests === undefined) return "already"
  requireBuilt(step, record, digests)
  const assets = new Map<string, Uint8Array>()
  for (const { name } of digests) {
    assets.set(name, await staged.readAsset(step.bundle, step.version, name, LIMITS.payload))
  }
  targets.reporter.step(`publish ${step.bundle} ${step.version}`)
  return targets.releases.publish(step.bundle, step.version, assets satisfies Assets)
}

/** Never replaces a newer catalog by an older one: two publishers may overtake each other here. */
async function publishCatalog(catalog: SignedCatalog, releases: Releases): Promise<PublishOutcome["catalog"]> {
  const published = await releases.readCatalogFile(CATALOG_INDEX, LIMITS.index)
  if (published !== undefined) {
    if (sha256(published) === sha256(catalog.index)) return "already"
    if (isNewer(parseQuietly(published), parseCatalogIndex(catalog.index))) return "newer exists"
  }
  try {
    await releases.publishCatalog(catalog)
    return "published"
  } catch (error) {
    if (error instanceof ScbError && error.code === "catalog-rollback") return "newer exists"
    throw error
  }
}

function isNewer(published: CatalogIndex | undefined, ours: CatalogIndex): boolean {
  if (published === undefined) return false
  return published.version > ours.version || (published.version === ours.version && published.issuedAt > ours.issuedAt)
}

/** Something unreadable where the catalog should be is replaced, not obeyed. */
function parseQuietly(bytes: Uint8Array): CatalogIndex | undefined {
  try {
    return parseCatalogIndex(bytes)
  } catch (error) {
    if (error instanceof ScbError) return undefined
    throw error
  }
}

function notWhatWasBuilt(step: ReleaseStep, asset: string | undefined): ScbError {
  return new ScbError(
    "digest-mismatch",
    `${asset ?? "a file"} of ${step.bundle} ${step.version} is not the one that was built`,
    { hint: "nothing was recorded; build again, and find out who else writes to the releases" },
  )
}
