import type { ApprovalsPolicy } from "./authorization/approvals-policy.ts"
import type { Emergency } from "./authorization/emergency.ts"
import type { KeyAlgorithm } from "./bundle.ts"
import type { Duration } from "./duration.ts"
import type { Instant } from "./instant.ts"
import type { Advisory, Campaign } from "./revocation/campaigns.ts"
import type { ReleaseClass } from "./versions/change.ts"

/** An OpenPGP public key in the repository, known by its full fingerprint: upper-case hex, 40 digits (v4). */
export interface KeyReference {
  readonly fingerprint: string
  /** Path of the armored key. */
  readonly file: string
}

/** A person or a machine. People are counted, keys are not. */
export interface Principal {
  readonly name: string
  readonly kind: "person" | "machine"
  /** Numeric GitHub user id; logins can be renamed and taken over. */
  readonly github?: number
  /** What GitHub shows; for people to read and for CODEOWNERS, never compared. */
  readonly login?: string
  readonly openpgp?: KeyReference
}

export interface PeoplePolicy {
  readonly file: string
  readonly principals: ReadonlyMap<string, Principal>
  /** Group name to the names of its principals. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  /** Groups that are teams on GitHub too, as `organisation/team`; for CODEOWNERS, never compared. */
  readonly teams?: ReadonlyMap<string, string>
}

export interface CryptographyPolicy {
  readonly file: string
  readonly keyAlgorithms: readonly KeyAlgorithm[]
  readonly maximumLifetime: Duration
  /** How far `notBefore` lies in the past, for clocks that run late. */
  readonly backdate: Duration
  /** Smallest RSA key, in bits, that an OpenPGP recipient or signer may have. */
  readonly minimumOpenPgpRsaBits: number
}

export interface DriversPolicy {
  readonly file: string
  /** Platform name to the versions that are supported (npm semver range). A bundle may name only platforms listed here. */
  readonly supported: ReadonlyMap<string, string>
}

/** A key whose signature on a release, a catalog or the ledger counts, and when it counts. */
export interface ReleaseSigner extends KeyReference {
  readonly name: string
  readonly validFrom?: Instant
  readonly validUntil?: Instant
}

/** Where releases and the catalog are published. */
export type ReleaseTarget =
  | {
      readonly kind: "directory"
      /** Absolute, or relative to the repository's root. Outside the repository or ignored by it. */
      readonly path: string
    }
  | {
      readonly kind: "github"
      /** `owner/name`. */
      readonly repository: string
      /** Numeric id: a name can be taken over by another repository. */
      readonly repositoryId: number
      /** Of GitHub Enterprise Server, e.g. `https://github.example.com`; absent: github.com. */
      readonly server?: string
      /** `per-version`: a release a version, and watchers are told. `wave`: shards of many versions. `automatic`: waves for more than `waveAbove`. */
      readonly layout: "per-version" | "wave" | "automatic"
      readonly waveAbove: number
      /** Holds the catalog; served by Pages if that is switched on. */
      readonly catalogBranch: string
    }

export interface DistributionPolicy {
  readonly file: string
  readonly releases: ReleaseTarget
  /** Where clients look as well: `https://…` with the layout of a directory, or a directory. Any good one suffices. */
  readonly mirrors: readonly string[]
  readonly signers: readonly ReleaseSigner[]
  /** How long a published catalog may be believed. It is renewed when half of it is over. */
  readonly catalogLifetime: Duration
}

/** What makes versions due, and what is done about it: by itself, or by telling people. */
export const TRIGGERS = ["expiry", "configuration", "driver-catalogue", "policy", "advisory"] as const
export type Trigger = (typeof TRIGGERS)[number]
export type TriggerResponse = "release" | "notice"

export interface RenewalPolicy {
  readonly file: string
  /** For bundles that do not say their own. */
  readonly defaultLifetime: Duration
  /** Share of a certificate's actual life, in percent, after which it is renewed at the latest. */
  readonly afterPercent: number
  /** How much earlier, in percent of its life, the luckiest are: so that not all come at once. */
  readonly jitterPercent: number
  /** Between attempts that fail: `first`, then twice as long each time, at most `most`. */
  readonly backoff: { readonly first: Duration; readonly most: Duration }
  readonly triggers: Readonly<Record<Trigger, TriggerResponse>>
}

/** What counts as how much of a change. */
export interface VersioningPolicy {
  readonly file: string
  /** Member of the release input, or the beginning of some (`bundle.recipients`, `cluster`), to the least class of a change of it. */
  readonly raise: ReadonlyMap<string, ReleaseClass>
}

/** How long versions live on after they have been deprecated. */
export interface LifecyclePolicy {
  readonly file: string
  readonly deprecated: Duration
  readonly limited: Duration
  readonly securityOnly: Duration
  /** From end of life to archive. */
  readonly archiveAfter: Duration
  /** Versions of one bundle that are neither deprecated nor dead; older ones are deprecated. */
  readonly maximumActive: number
  /** By which an emergency may put off the end of life. */
  readonly maximumExtension: Duration
  /** A phase does not begin while more consumers than this still use the version, where that is known. */
  readonly usageGate?: { readonly maximumConsumers: number }
}

/** When nothing is promoted. Renewals and replacements of what was revoked go on. */
export interface Freeze {
  readonly name: string
  readonly from: Instant
  readonly until: Instant
  /** Absent: all. */
  readonly environments?: readonly string[]
  readonly reason: string
}

/** Versions of an application that an environment may follow. */
export interface VersionRange {
  readonly application: string
  readonly environment?: string
  /** npm semver syntax. */
  readonly versions: string
  readonly reason: string
}

export interface RolloutPolicy {
  readonly file: string
  /** From the first to see a change to the last. Empty: in no order. */
  readonly environments: readonly string[]
  readonly freezes: readonly Freeze[]
  readonly ranges: readonly VersionRange[]
  /** For how long an override may open a gate. */
  readonly maximumOverride: Duration
}

/** What is asked of a version before more consumers get it, and what takes it back. */
export interface HealthPolicy {
  readonly file: string
  /** Without facts: wait for them, or let time alone decide. */
  readonly whenUnknown: "pause" | "time-alone"
  /** Connections that must have been seen before their failures say anything. */
  readonly minimumSamples: number
  readonly maximumFailurePercent: number
  /** Older facts say nothing. */
  readonly staleAfter: Duration
  /** What takes a version back by itself; absent: nothing does. */
  readonly rollback?: {
    readonly failurePercent: number
    readonly minimumSamples: number
    readonly failedProbes: number
  }
}

/** Checks of the quality policy, each of which answers pass, fail or inconclusive. */
export const QUALITY_CHECKS = [
  "offline-verification",
  "live-doctor",
  "driver-matrix",
  "weak-cryptography",
  "advisories",
  "planted-secrets",
  "size",
  "generation-time",
  "manual-review",
] as const
export type QualityCheckName = (typeof QUALITY_CHECKS)[number]

export interface QualityCheck {
  readonly check: QualityCheckName
  /** Bytes for `size`, milliseconds for `generation-time`, age in milliseconds for `driver-matrix` and `live-doctor`. */
  readonly maximum?: number
  /** Releases that it is asked of; absent: all. */
  readonly classes?: readonly ReleaseClass[]
}

export interface QualityPolicy {
  readonly file: string
  readonly release: readonly QualityCheck[]
  readonly promotion: readonly QualityCheck[]
  /** Groups whose members may review and override; empty: the owners of the bundle. */
  readonly reviewers: readonly string[]
}

/** Of what goes on being wrong, what people are told of in issues, and who is told. */
export interface NotificationsPolicy {
  readonly file: string
  readonly severities: readonly ("error" | "warning")[]
  /** Open at once. What is more is told of in the last one. */
  readonly maximumIssues: number
  /** Whether anybody is mentioned: those who own what it is about. */
  readonly mention: boolean
  /** Who is mentioned where nobody owns it: groups or principals. */
  readonly otherwise: readonly string[]
}

export interface Policies {
  readonly people: PeoplePolicy
  readonly cryptography: CryptographyPolicy
  readonly drivers: DriversPolicy
  readonly distribution: DistributionPolicy
  readonly renewal: RenewalPolicy
  readonly versioning: VersioningPolicy
  readonly lifecycle: LifecyclePolicy
  readonly rollout: RolloutPolicy
  readonly health: HealthPolicy
  readonly quality: QualityPolicy
  readonly notifications: NotificationsPolicy
  /** Absent: nothing is asked of a change, whoever can push decides. */
  readonly approvals?: ApprovalsPolicy
  /** By name. */
  readonly campaigns: ReadonlyMap<string, Campaign>
  readonly advisories: ReadonlyMap<string, Advisory>
  readonly emergencies: ReadonlyMap<string, Emergency>
}

/** The principals behind a list of names, groups resolved, each once, in the order first met. Unknown names are left out: they are findings. */
export function resolvePrincipals(people: PeoplePolicy, names: readonly string[]): readonly Principal[] {
  const found = new Set<Principal>()
  for (const name of names) {
    for (const member of people.groups.get(name) ?? [name]) {
      const principal = people.principals.get(member)
      if (principal !== undefined) found.add(principal)
    }
  }
  return [...found]
}
