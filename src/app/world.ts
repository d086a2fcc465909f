import type { PlatformCatalogue } from "../artifact/platforms.ts"
import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import type { Issuer } from "../domain/cluster.ts"
import type { WorkflowRun } from "../domain/forge/workflow-run.ts"
import type { Instant } from "../domain/instant.ts"
import type { ReleaseTarget } from "../domain/policies.ts"
import type { HealthFact } from "../domain/rollout/health.ts"
import type { Approvals, Authority, History, Ledger, Releases, Reporter, Signer, Workspace } from "../ports.ts"
import type { Assembler } from "./build-order.ts"
import type { TrustAnchor } from "./trust.ts"

/** What the issuer of one cluster needs besides its key. */
export interface IssuerFile {
  readonly cluster: string
  readonly issuer: Issuer
  /** PEM of the issuing certificate, further intermediates after it. */
  readonly certificatePem: string
}

/** Opens what holds secret keys. Only `build` and `apply` ask for it. */
export interface Keyring {
  signer(): Promise<Signer>
  /** Throws `key-missing`, and what is wrong with the key or its certificate. */
  authority(issuer: IssuerFile, now: Instant): Promise<Authority>
  /** `orders` tells how many there will be: a handful are not worth a thread. */
  assembler(issuers: readonly IssuerFile[], signer: Signer, orders: number, now: Instant): Promise<Assembler>
}

/** All that the verbs of a bundle repository see of the outside, joined at the gate. `now` is read once. */
export interface World {
  readonly workspace: Workspace
  readonly ledger: Ledger
  /** Opened after the policy that says where they are has been read. Throws `token-missing`. */
  releases(target: ReleaseTarget): Releases
  /** How commits of `main` came to be, and who approved them, asked for when the policy wants to know. */
  readonly history: History
  /** `keys`: those of the principals, at the commit whose policy this is. Throws `token-missing`. */
  approvals(policy: ApprovalsPolicy, target: ReleaseTarget, keys: readonly TrustAnchor[]): Approvals
  readonly keyring: Keyring
  readonly platforms: PlatformCatalogue
  readonly reporter: Reporter
  /** What is known of versions in use. */
  readonly health: readonly HealthFact[]
  readonly now: Instant
  /** Of which this program is a step, in GitHub Actions. */
  readonly run?: WorkflowRun
}
