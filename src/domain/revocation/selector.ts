import satisfiesRange from "semver/functions/satisfies.js"
import validRange from "semver/ranges/valid.js"
import type { KeyAlgorithm } from "../bundle.ts"
import type { Compatibility } from "../clients.ts"
import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"

/**
 * Some of all released versions. Each member that is there narrows it down; within one member any value will do. An
 * empty selector selects nothing.
 */
export interface Selector {
  readonly clusters?: readonly string[]
  /** Full names with `*` for any run of characters but `/`. */
  readonly bundles?: readonly string[]
  readonly environments?: readonly string[]
  readonly owners?: readonly string[]
  /** Version range (npm semver syntax). */
  readonly versions?: string
  /** SHA-256 of the issuing certificate. */
  readonly issuers?: readonly string[]
  /** Published at or after. */
  readonly issuedFrom?: Instant
  /** Published before. */
  readonly issuedBefore?: Instant
  /** Certificate serials, lower-case hexadecimal. */
  readonly serials?: readonly string[]
  /** SHA-256 of SubjectPublicKeyInfo. */
  readonly keys?: readonly string[]
  readonly algorithms?: readonly KeyAlgorithm[]
  /** Platforms that the bundle was made for. */
  readonly drivers?: readonly string[]
}

/** What a selector can see of a version: known to the ledger, and to whoever holds the manifest. */
export interface Selectable {
  readonly bundle: BundleName
  readonly version: string
  readonly publishedAt: Instant
  readonly cluster: string
  readonly environment: string
  readonly owner: string
  readonly issuerSha256: string | undefined
  /** Undefined before there is a certificate. */
  readonly serial: string | undefined
  readonly spkiSha256: string | undefined
  readonly keyAlgorithm: KeyAlgorithm
  readonly compatibility: Compatibility
}

/** Whether `selector` selects it. A version range that nobody can read selects every version: to refuse too much can be mended. */
export function selects(selector: Selector, each: Selectable): boolean {
  const { clusters, bundles, environments, owners, versions, issuers, issuedFrom, issuedBefore } = selector
  const { serials, keys, algorithms, drivers } = selector
  const tests = [
    clusters?.includes(each.cluster),
    bundles?.some(glob => matchesGlob(glob, each.bundle)),
    environments?.includes(each.environment),
    owners?.includes(each.owner),
    versions === undefined ? undefined : !isRange(versions) || satisfiesRange(each.version, versions),
    issuers?.includes(each.issuerSha256 ?? ""),
    issuedFrom === undefined ? undefined : each.publishedAt >= issuedFrom,
    issuedBefore === undefined ? undefined : each.publishedAt < issuedBefore,
    serials?.includes(each.serial ?? ""),
    keys?.includes(each.spkiSha256 ?? ""),
    algorithms?.includes(each.keyAlgorithm),
    drivers?.some(driver => each.compatibility[driver] !== undefined),
  ].filter(test => test !== undefined)
  return tests.length > 0 && tests.every(Boolean)
}

/** In npm semver syntax. */
export function isRange(text: string): boolean {
  return validRange(text) !== null
}

/** `*` stands for any run of characters within one part of the name. */
export function matchesGlob(glob: string, name: string): boolean {
  const parts = glob.split("*").map(part => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join("[^/]*")}$`).test(name)
}
