import { readRevocationList } from "../artifact/crl.ts"
import { fileDigest } from "../artifact/digest.ts"
import type { CatalogIndex } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import type { BundleName } from "../domain/names.ts"
import type { ApplyOutcome } from "../domain/outcome.ts"
import type { Plan } from "../domain/plan/plan.ts"
import { findRelease, type LedgerState, type ReleaseRecord, selectableOf } from "../domain/release.ts"
import { listNumber } from "../domain/revocation/revocation-list.ts"
import { selects } from "../domain/revocation/selector.ts"
import { revocationListPath } from "../ports.ts"
import { type PublishedSource, readCatalog, readRelease, readShard } from "./fetch.ts"
import type { PlannedChange } from "./plan.ts"
import { LIMITS, namesOf, requireDigest, selectVersion } from "./trust.ts"
import { unlessImpossible } from "./unless-impossible.ts"

interface RevokedVersion {
  readonly bundle: BundleName
  readonly release: ReleaseRecord
}

/**
 * Asks as a customer for what the plan has revoked, and wants to be refused; and looks its serials up in the lists that
 * were signed with this catalog. Of an invalidation one version of each cluster is asked for: the rest is refused by the
 * same line of the same index. Throws `revocation-ineffective`, and what keeps a customer from reading the catalog.
 */
export async function verifyRevoked({ plan, ledger, ...change }: PlannedChange): Promise<ApplyOutcome["refused"]> {
  const marked = markedIn(plan, ledger.state)
  if (marked.length + plan.invalidations.length === 0) return []
  const invalidated = invalidatedIn(plan, ledger.state)
  const source: PublishedSource = { releases: change.releases, anchors: change.anchors, now: plan.now }
  const { index } = await readCatalog(source, undefined)
  for (const { name } of plan.invalidations) {
    if (!index.invalidations.some(each => each.name === name)) {
      throw ineffective(`the published catalog does not hold what campaign ${name} revokes`)
    }
  }
  const asked = [...marked, ...onePerCluster(invalidated)]
  for (const { bundle, release } of asked) await requireRefused(source, index, bundle, release.version)
  await requireListed(source, index, [...marked, ...invalidated])
  return asked.map(({ bundle, release }) => ({ bundle, version: release.version }))
}

function markedIn({ steps }: Plan, { bundles }: LedgerState): readonly RevokedVersion[] {
  return steps.flatMap(step => {
    if (step.kind !== "mark" || step.mark.kind !== "revoked") return []
    const history = bundles.get(step.bundle)
    const release = history && findRelease(history, step.version)
    return release === undefined ? [] : [{ bundle: step.bundle, release }]
  })
}

function invalidatedIn({ invalidations, now }: Plan, { bundles }: LedgerState): readonly RevokedVersion[] {
  return [...bundles.values()].flatMap(({ bundle, releases }) =>
    releases
      .filter(
        release =>
          release.publishedAt < now &&
          invalidations.some(({ select }) => selects(select, selectableOf(bundle, release))),
      )
      .map(release => ({ bundle, release })),
  )
}

function onePerCluster(versions: readonly RevokedVersion[]): readonly RevokedVersion[] {
  return [...new Map(versions.map(each => [namesOf(each.bundle).cluster, each])).values()]
}

async function requireRefused(
  source: PublishedSource,
  index: CatalogIndex,
  bundle: BundleName,
  version: string,
): Promise<void> {
  const shard = await readShard(source, index, namesOf(bundle).cluster)
  const answer = await unlessImpossible(
    (async () => readRelease(source, selectVersion(index, shard, bundle, { version })))(),
  )
  if (answer instanceof ScbError && answer.code === "version-revoked") return
  const got = answer instanceof ScbError ? `refused as ${answer.code}` : "given out"
  throw ineffective(`${bundle} ${version} was revoked, and is ${got}: expected version-revoked`)
}

/** By lists that are of this catalog; one that could not be renewed is a finding already. */
async function requireListed(
  source: PublishedSource,
  index: CatalogIndex,
  versions: readonly RevokedVersion[],
): Promise<void> {
  for (const [issuer, entry] of Object.entries(index.revocationLists)) {
    if (entry.number !== listNumber(index.version, index.issuedAt)) continue
    const ours = versions.filter(
      ({ release }) => release.input.cluster.issuer[0] === issuer && release.certificate.notAfter > source.now,
    )
    if (ours.length === 0) continue
    const path = revocationListPath(entry.complete.sha256)
    const der = await source.releases.readCatalogFile(path, LIMITS.revocationList)
    if (der === undefined) throw ineffective(`${path} is missing`)
    requireDigest(fileDigest(path, der), entry.complete)
    const listed = new Set(readRevocationList(der).revoked.map(({ serial }) => serial))
    const missing = ours.find(({ release }) => !listed.has(release.certificate.serial))
    if (missing === undefined) continue
    const { bundle, release } = missing
    throw ineffective(
      `${bundle} ${release.version} was revoked, and ${path} does not list ${release.certificate.serial}`,
    )
  }
}

function ineffective(message: string): ScbError {
  return new ScbError("revocation-ineffective", message, {
    hint: "customers can still use it: run it again, and find out who else writes to the releases",
  })
}
