import { sha256 } from "../artifact/digest.ts"
import type { CatalogIndex } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import { type Announcement, announceVersion } from "../domain/forge/announcement.ts"
import { MANIFEST_NAME } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import type { PublishOutcome } from "../domain/outcome.ts"
import { releaseSteps } from "../domain/plan/plan.ts"
import type { ReleaseStep } from "../domain/plan/steps.ts"
import { emptyHistory, type FileDigest, findRelease, type ReleaseRecord } from "../domain/release.ts"
import {
  type Assets,
  CATALOG_INDEX,
  type Ledger,
  type NewRelease,
  type PublishedVersion,
  type Releases,
  type Reporter,
  type SignedCatalog,
} from "../ports.ts"
import { parseCatalogIndex, parseManifest } from "../schema/documents.ts"
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
  const releases = await publishReleases(change, targets)
  const ledgerHead =
    change.transaction === undefined
      ? undefined
      : await targets.ledger.commit(change.transaction.prepared, change.transaction.signature)
  const catalog = change.catalog === undefined ? "unchanged" : await publishCatalog(change.catalog, targets.releases)
  return { releases, ...(ledgerHead === undefined ? {} : { ledgerHead }), catalog }
}

async function publishReleases(change: BuiltChange, targets: PublishTargets): Promise<PublishOutcome["releases"]> {
  const { plan, made } = change
  const { releases } = targets
  const records = recordsOf(change)
  const staged = await stagedReleases(change, records, releases)
  const outcomes = await publishAll([...staged.values()], targets)
  const published: PublishOutcome["releases"][number][] = []
  for (const step of releaseSteps(plan)) {
    const { bundle, version } = step
    const copied = outcomes.get(staged.get(step))
    requireBuilt(step, records.get(bundle), copied?.files ?? (await releases.find(bundle, version)))
    const outcome = copied?.outcome ?? (made.has(bundle) && change.staged === releases ? "published" : "already")
    published.push({ bundle, version, outcome, location: releases.describe(bundle, version) })
  }
  return published
}

/**
 * What has to be copied: nothing that was built in its place, nor a release that the build took up from an earlier run.
 * Throws `digest-mismatch` when the ledger would vouch for other files.
 */
async function stagedReleases(
  { plan, staged }: BuiltChange,
  records: ReadonlyMap<BundleName, ReleaseRecord>,
  releases: Releases,
): Promise<ReadonlyMap<ReleaseStep, NewRelease>> {
  const all = new Map<ReleaseStep, NewRelease>()
  if (staged === releases) return all
  for (const step of releaseSteps(plan)) {
    const { bundle, version } = step
    const files = await staged.find(bundle, version)
    if (files === undefined) continue
    requireBuilt(step, records.get(bundle), files)
    const read = () => readStaged(bundle, version, files, staged)
    all.set(step, { bundle, version, files, commit: plan.commit, read, announce })
  }
  return all
}

async function readStaged(
  bundle: BundleName,
  version: string,
  files: readonly FileDigest[],
  staged: Releases,
): Promise<Assets> {
  const assets = new Map<string, Uint8Array>()
  for (const { name } of files) assets.set(name, await staged.readAsset(bundle, version, name, LIMITS.payload))
  return assets
}

function announce(assets: Assets): Announcement {
  return announceVersion(parseManifest(assets.get(MANIFEST_NAME) ?? new Uint8Array()))
}

/** At once where the place takes many at once, one by one where it does not. */
async function publishAll(
  all: readonly NewRelease[],
  { releases, reporter }: PublishTargets,
): Promise<
  ReadonlyMap<NewRelease | undefined, { outcome: PublishedVersion["outcome"]; files?: readonly FileDigest[] }>
> {
  if (releases.publishAll !== undefined && all.length > 0) {
    reporter.step(`publish ${all.length} ${all.length === 1 ? "release" : "releases"}`)
    const outcomes = await releases.publishAll(all, done => reporter.progress(done, all.length, "published"))
    return new Map(outcomes.map((outcome, at) => [all[at], outcome]))
  }
  const outcomes = new Map<NewRelease, Pick<PublishedVersion, "outcome">>()
  for (const release of all) {
    const { bundle, version, read } = release
    reporter.step(`publish ${bundle} ${version}`)
    outcomes.set(release, { outcome: await releases.publish(bundle, version, await read()) })
  }
  return outcomes
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
