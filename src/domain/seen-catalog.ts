import type { Instant } from "./instant.ts"

/** What a client keeps of the newest catalog that it believed, so that nobody can take it back in time. */
export interface SeenCatalog {
  readonly version: number
  readonly issuedAt: Instant
  readonly epoch: number
  readonly indexSha256: string
}

/**
 * How a catalog stands to the newest one seen before it. `rollback`: an older one, or one that has forgotten a
 * revocation. `equivocation`: two catalogs that call themselves the same. (TUF specification §5.4.3, §5.4.4)
 */
export type CatalogSuccession = "first" | "same" | "newer" | "rollback" | "equivocation"

export function catalogSuccession(seen: SeenCatalog | undefined, next: SeenCatalog): CatalogSuccession {
  if (seen === undefined) return "first"
  if (next.version < seen.version || next.epoch < seen.epoch) return "rollback"
  if (next.version > seen.version) return "newer"
  if (next.issuedAt < seen.issuedAt) return "rollback"
  if (next.issuedAt > seen.issuedAt) return "newer"
  return next.indexSha256 === seen.indexSha256 ? "same" : "equivocation"
}
