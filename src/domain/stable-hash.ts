/**
 * A number from 0 to 2^32 - 1 that depends on nothing but the text: FNV-1a over its UTF-16 code units, then the
 * finisher of MurmurHash3, without which texts that end alike would lie beside each other. It spreads work and consumers
 * evenly and proves nothing: never use it where somebody could gain from choosing the text.
 */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The same as a share: 0 ≤ x < 1. */
export function stableShare(text: string): number {
  return stableHash(text) / 2 ** 32
}
