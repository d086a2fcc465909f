import { type ReadRevocationList, readRevocationList } from "../artifact/crl.ts"
import { fileDigest } from "../artifact/digest.ts"
import { encodePem } from "../artifact/pem.ts"
import { ScbError } from "../domain/errors.ts"
import { revocationListPath } from "../ports.ts"
import { type VisitedSource, visitCatalog } from "./fetch.ts"
import { fromAny } from "./sources.ts"
import { LIMITS, requireDigest, shardOf } from "./trust.ts"

export interface FetchedList {
  /** SHA-256 of the certificate of the issuer. */
  readonly issuerSha256: string
  readonly list: ReadRevocationList
  readonly pem: string
}

/**
 * The lists of all issuers of a cluster, or what is new in them, from a catalog that is verified as `fetch` does. Throws
 * what that throws, and `release-missing` for a cluster that is unknown or has none.
 */
export async function fetchRevocationLists(
  source: VisitedSource,
  cluster: string,
  part: "complete" | "delta",
): Promise<readonly FetchedList[]> {
  const { index } = await visitCatalog(source)
  const lists: FetchedList[] = []
  for (const [issuerSha256, entry] of Object.entries(index.revocationLists)) {
    const digest = entry[part]
    if (!entry.clusters.includes(cluster) || digest === undefined) continue
    const path = revocationListPath(digest.sha256)
    const der = await fromAny(source, async releases => {
      const bytes = await releases.readCatalogFile(path, LIMITS.revocationList)
      if (bytes === undefined) throw new ScbError("release-incomplete", `the catalog lacks ${path}`)
      requireDigest(fileDigest(path, bytes), digest)
      return bytes
    })
    lists.push({ issuerSha256, list: readRevocationList(der), pem: encodePem("X509 CRL", der) })
  }
  if (lists.length > 0) return lists
  shardOf(index, cluster)
  throw new ScbError("release-missing", `the catalog has no ${part} revocation list for ${cluster}`, {
    hint: "lists are signed when the catalog is written and the issuer's key is there: scb apply",
  })
}
