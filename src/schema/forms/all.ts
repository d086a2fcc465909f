import type { TSchema } from "typebox"
import { CatalogIndexForm, CatalogShardForm } from "./catalog.ts"
import { BundleHistoryForm, LedgerForm } from "./ledger.ts"
import { ManifestForm } from "./manifest.ts"

/** What machines write: ledger, manifest, catalog. */
export const RECORD_FORMS = {
  Ledger: LedgerForm,
  BundleHistory: BundleHistoryForm,
  Manifest: ManifestForm,
  CatalogIndex: CatalogIndexForm,
  CatalogShard: CatalogShardForm,
} as const satisfies Record<string, TSchema>
