import { type BundleName, parseBundleName } from "../names.ts"

/** `<cluster>/<bundle>/v<version>`: the tag of a version's first attempt. */
export function releaseTag(bundle: BundleName, version: string): string {
  return `${bundle}/v${version}`
}

/**
 * GitHub never gives back the tag of an immutable release, even of a deleted one ("tag_name was used by an immutable
 * release"): the next attempt has a tag of its own. No version holds a `+`, so tags are unambiguous.
 */
export function attemptTag(tag: string, attempt: number): string {
  return attempt === 1 ? tag : `${tag}+${attempt}`
}

/** The inverse of {@link attemptTag}. */
export function parseAttempt(tag: string): { readonly base: string; readonly attempt: number } {
  const [, base, attempt] = /^(.+)\+([1-9]\d{0,3})$/.exec(tag) ?? []
  return base === undefined ? { base: tag, attempt: 1 } : { base, attempt: Number(attempt) }
}

/** Undefined for tags that are not ours. */
export function parseReleaseTag(
  tag: string,
): { readonly bundle: BundleName; readonly version: string; readonly attempt: number } | undefined {
  const { base, attempt } = parseAttempt(tag)
  const at = base.lastIndexOf("/v")
  const bundle = base.slice(0, Math.max(at, 0))
  if (parseBundleName(bundle) === undefined) return undefined
  return { bundle: bundle as BundleName, version: base.slice(at + 2), attempt }
}

/** Named by what it holds, so that the same build comes to the same place however often it is published. */
export function waveTag(contentSha256: string): string {
  return `wave-${contentSha256.slice(0, 16)}`
}

export function isWaveTag(tag: string): boolean {
  return /^wave-[0-9a-f]{16}$/.test(parseAttempt(tag).base)
}
