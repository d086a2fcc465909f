import type { TSchema } from "typebox"
import { AdvisoryForm } from "./advisory.ts"
import { ApprovalsForm } from "./approvals.ts"
import { AuthorizationRecordForm } from "./authorization.ts"
import { BuildForm } from "./build.ts"
import { BundleForm } from "./bundle.ts"
import { CampaignForm } from "./campaign.ts"
import { CatalogIndexForm, CatalogShardForm } from "./catalog.ts"
import { ClusterForm } from "./cluster.ts"
import { CryptographyForm } from "./cryptography.ts"
import { DistributionForm } from "./distribution.ts"
import { DriversForm } from "./drivers.ts"
import { EmergencyForm } from "./emergency.ts"
import { HealthFactsForm, HealthForm } from "./health.ts"
import { BundleHistoryForm, LedgerForm } from "./ledger.ts"
import { LifecycleForm } from "./lifecycle.ts"
import { ManifestForm } from "./manifest.ts"
import { NotificationsForm } from "./notifications.ts"
import { PeopleForm } from "./people.ts"
import { QualityForm } from "./quality.ts"
import { RenewalForm } from "./renewal.ts"
import { RolloutForm } from "./rollout.ts"
import { VersioningForm } from "./versioning.ts"

/** What people write. Each has an editor schema. */
export const WRITTEN_FORMS = {
  Cluster: ClusterForm,
  Bundle: BundleForm,
  People: PeopleForm,
  Cryptography: CryptographyForm,
  Drivers: DriversForm,
  Distribution: DistributionForm,
  Renewal: RenewalForm,
  Versioning: VersioningForm,
  Lifecycle: LifecycleForm,
  Rollout: RolloutForm,
  Health: HealthForm,
  Quality: QualityForm,
  Notifications: NotificationsForm,
  Campaign: CampaignForm,
  Advisory: AdvisoryForm,
  Approvals: ApprovalsForm,
  Emergency: EmergencyForm,
} as const satisfies Record<string, TSchema>

/** What machines write: ledger, manifest, catalog, build, facts about health. */
export const RECORD_FORMS = {
  Ledger: LedgerForm,
  AuthorizationRecord: AuthorizationRecordForm,
  BundleHistory: BundleHistoryForm,
  Manifest: ManifestForm,
  CatalogIndex: CatalogIndexForm,
  CatalogShard: CatalogShardForm,
  Build: BuildForm,
  HealthFacts: HealthFactsForm,
} as const satisfies Record<string, TSchema>
