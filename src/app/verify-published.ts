import type { CatalogShard } from "../domain/catalog.ts"
import type { ApplyOutcome } from "../domain/outcome.ts"
import { releaseSteps } from "../domain/plan/plan.ts"
import { type PublishedSource, readCatalog, readRelease, readShard } from "./fetch.ts"
import type { PlannedChange } from "./plan.ts"
import { namesOf, selectVersion } from "./trust.ts"

/**
 * Reads back what a plan released as a customer would, as far as one gets without a recipient's key: catalog, manifest,
 * signatures, digests. Throws what a customer would see.
 */
export async function verifyPublished(change: PlannedChange): Promise<ApplyOutcome["verified"]> {
  const steps = releaseSteps(change.plan)
  if (steps.length === 0) return []
  const source: PublishedSource = { releases: change.releases, anchors: change.anchors, now: change.plan.now }
  const { index } = await readCatalog(source, undefined)
  const verified: ApplyOutcome["verified"][number][] = []
  const shards = new Map<string, CatalogShard>()
  for (const { bundle, version } of steps) {
    const { cluster } = namesOf(bundle)
    const shard = shards.get(cluster) ?? (await readShard(source, index, cluster))
    shards.set(cluster, shard)
    await readRelease(source, selectVersion(index, shard, bundle, { version }))
    verified.push({ bundle, version })
  }
  return verified
}
