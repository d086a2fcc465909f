import type { TSchema } from "typebox"
import { BuildForm } from "./build.ts"
import { BundleForm } from "./bundle.ts"
import { CatalogIndexForm, CatalogShardForm } from "./catalog.ts"
import { ClusterForm } from "./cluster.ts"
import { CryptographyForm } from "./cryptography.ts"
import { DistributionForm } from "./distribution.ts"
import { DriversForm } from "./drivers.ts"
import { BundleHistoryForm, LedgerForm } from "./ledger.ts"
import { ManifestForm } from "./manifest.ts"
import { PeopleForm } from "./people.ts"
import { RenewalForm } from "./renewal.ts"

/** What people write. Each has an editor schema. */
export const WRITTEN_FORMS = {
  Cluster: ClusterForm,
  Bundle: BundleForm,
  People: PeopleForm,
  Cryptography: CryptographyForm,
  Drivers: DriversForm,
  Distribution: DistributionForm,
  Renewal: RenewalForm,
} as const satisfies Record<string, TSchema>

/** What machines write: ledger, manifest, catalog, build. */
export const RECORD_FORMS = {
  Ledger: LedgerForm,
  BundleHistory: BundleHistoryForm,
  Manifest: ManifestForm,
  CatalogIndex: CatalogIndexForm,
  CatalogShard: CatalogShardForm,
  Build: BuildForm,
} as const satisfies Record<string, TSchema>
