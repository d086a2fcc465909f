import type { KeyAlgorithm } from "./bundle.ts"
import type { Duration } from "./duration.ts"
import type { Instant } from "./instant.ts"

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
  readonly openpgp?: KeyReference
}

export interface PeoplePolicy {
  readonly file: string
  readonly principals: ReadonlyMap<string, Principal>
  /** Group name to the names of its principals. */
  readonly groups: ReadonlyMap<string, readonly string[]>
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

export interface DistributionPolicy {
  readonly file: string
  readonly releases: {
    readonly kind: "directory"
    /** Absolute, or relative to the repository's root. Outside the repository or ignored by it. */
    readonly path: string
  }
  readonly signers: readonly ReleaseSigner[]
  /** How long a published catalog may be believed. It is renewed when half of it is over. */
  readonly catalogLifetime: Duration
}

export interface RenewalPolicy {
  readonly file: string
  /** For bundles that do not say their own. */
  readonly defaultLifetime: Duration
}

export interface Policies {
  readonly people: PeoplePolicy
  readonly cryptography: CryptographyPolicy
  readonly drivers: DriversPolicy
  readonly distribution: DistributionPolicy
  readonly renewal: RenewalPolicy
}

/** The principals behind a list of names, groups resolved, each once, in the order first met. Unknown names are left out: they are findings. */
export function resolvePrincipals(people: PeoplePolicy, names: readonly string[]): readonly Principal[] {
  const members = names.flatMap(name => people.groups.get(name) ?? [name])
  return [...new Set(members)].flatMap(name => people.principals.get(name) ?? [])
}
