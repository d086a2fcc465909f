import isOlder from "semver/functions/lt.js"
import satisfiesRange from "semver/functions/satisfies.js"
import type { Compatibility } from "../clients.ts"
import type { Instant } from "../instant.ts"
import type { MeasuredProgram } from "../measurements.ts"
import type { BundleName } from "../names.ts"

/** A driver as its user knows it: a platform of the catalogue, and its own version. */
export interface ClientVersion {
  readonly platform: string
  readonly version: string
}

/** What is known of a platform, whatever the bundle. */
export interface PlatformFacts {
  readonly client: string
  /** The oldest version that the example in the bundle works with. */
  readonly minimumVersion: string
  /** What was run of it, newest last. */
  readonly measured: readonly MeasuredProgram[]
}

/** One line of the matrix: a version of a bundle, in a cluster, and a driver. */
export interface CompatibilityRow {
  readonly bundle: BundleName
  readonly cluster: string
  readonly version: string
  readonly expiresAt: Instant
  readonly platform: string
  /** npm semver range of the driver's versions that this one is made for. */
  readonly range: string
  readonly exampleFrom?: string
  /** Versions that have connected to a real cluster with a key of this kind. */
  readonly measured: readonly string[]
}

/** What a manifest says that matters here. */
export interface PublishedVersion {
  readonly bundle: BundleName
  readonly cluster: string
  readonly version: string
  readonly expiresAt: Instant
  readonly compatibility: Compatibility
  readonly keyAlgorithm: string
  readonly keySource: "generated" | "csr"
}

export type PlatformKnowledge = ReadonlyMap<string, PlatformFacts>

export function compatibilityRows(published: PublishedVersion, known: PlatformKnowledge): readonly CompatibilityRow[] {
  const { bundle, cluster, version, expiresAt, compatibility } = published
  return Object.entries(compatibility).map(([platform, range]) => {
    const facts = known.get(platform)
    return {
      bundle,
      cluster,
      version,
      expiresAt,
      platform,
      range,
      ...(facts === undefined ? {} : { exampleFrom: facts.minimumVersion }),
      measured: facts === undefined ? [] : measuredWith(facts, published),
    }
  })
}

/** Whether a client can use a version; why, in words, and what else its user should know. */
export interface ClientAnswer {
  readonly bundle: BundleName
  readonly version: string
  readonly client: ClientVersion
  readonly compatible: boolean
  readonly reasons: readonly string[]
}

export function answerFor(published: PublishedVersion, client: ClientVersion, known: PlatformKnowledge): ClientAnswer {
  const { bundle, version, compatibility } = published
  const { platform } = client
  const range = Object.hasOwn(compatibility, platform) ? compatibility[platform] : undefined
  const answer = (compatible: boolean, ...reasons: readonly string[]): ClientAnswer => {
    return { bundle, version, client, compatible, reasons }
  }
  if (range === undefined)
    return answer(false, `made for ${Object.keys(compatibility).join(", ")}, not for ${platform}`)
  if (!satisfiesRange(client.version, range))
    return answer(false, `made for ${platform} ${range}, not for ${client.version}`)
  const facts = known.get(platform)
  return answer(true, `made for ${platform} ${range}`, ...(facts === undefined ? [] : hints(facts, client, published)))
}

function hints(facts: PlatformFacts, { version }: ClientVersion, published: PublishedVersion): readonly string[] {
  const measured = measuredWith(facts, published)
  const seen = measured.includes(version)
    ? `${version} has connected to a real cluster with a key of this kind`
    : `${version} itself was not measured; with a key of this kind were: ${measured.join(", ") || "none"}`
  const old = isOlder(version, facts.minimumVersion)
  return [
    seen,
    ...(old ? [`its example needs ${facts.minimumVersion} or later: yours has to be written for ${version}`] : []),
  ]
}

/** As measurements name kinds of keys. */
function measuredWith({ measured }: PlatformFacts, { keyAlgorithm, keySource }: PublishedVersion): readonly string[] {
  const kind = `${keyAlgorithm}, ${keySource === "generated" ? "generated" : "kept by its owner"}`
  const passed = measured.filter(program =>
    Object.values(program.passed).some(gateways => Object.values(gateways).some(kinds => kinds.includes(kind))),
  )
  return [...new Set(passed.map(({ version }) => version))]
}
