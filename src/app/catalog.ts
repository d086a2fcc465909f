import { sha256 } from "../artifact/digest.ts"
import { catalogIndex, catalogShards } from "../domain/catalog.ts"
import type { Duration } from "../domain/duration.ts"
import type { Instant } from "../domain/instant.ts"
import type { LedgerState } from "../domain/release.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { SignedCatalog, Signer } from "../ports.ts"
import { formatCatalogIndex, formatCatalogShard } from "../schema/documents.ts"
import { NO_LISTS, type SignedLists } from "./revocation-lists.ts"

/** The catalog that follows from a ledger at an instant, ready to be published by somebody without keys. */
export async function buildCatalog(
  state: LedgerState,
  now: Instant,
  lifetime: Duration,
  signer: Signer,
  lists: SignedLists = NO_LISTS,
): Promise<SignedCatalog> {
  const shards = catalogShards(state, now).map(shard => ({ cluster: shard.cluster, bytes: formatCatalogShard(shard) }))
  const digests = new Map(
    shards.map(({ cluster, bytes }) => [cluster, { size: bytes.length, sha256: sha256(bytes) }] as const),
  )
  const index = formatCatalogIndex(catalogIndex(state, digests, now, lifetime, lists.index))
  return {
    index,
    signature: encodeUtf8(await signer.sign(index, now)),
    shards: new Map(shards.map(({ bytes }) => [sha256(bytes), bytes])),
    revocationLists: lists.files,
  }
}
