import { createHash } from "node:crypto"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import type { KeyAlgorithm } from "../../src/domain/bundle.ts"
import type { KeyPair } from "../../src/domain/issuing.ts"
import type { Entropy } from "../../src/ports.ts"

/**
 * Entropy that repeats: its bytes are a SHA-256 chain over `seed`. Keys are handed out from `keys` in turn, those of the
 * asked algorithm first to last and round again; without one for it, a fresh key is made and does not repeat.
 */
export function seededEntropy(seed: string, keys: Partial<Record<KeyAlgorithm, readonly KeyPair[]>> = {}): Entropy {
  let block = 0
  let buffered = Buffer.alloc(0)
  const taken = new Map<KeyAlgorithm, number>()
  return {
    bytes(length) {
      while (buffered.length < length) {
        buffered = Buffer.concat([buffered, createHash("sha256").update(`${seed}/${block++}`).digest()])
      }
      const bytes = Uint8Array.from(buffered.subarray(0, length))
      buffered = buffered.subarray(length)
      return bytes
    },
    async keyPair(algorithm) {
      const pool = keys[algorithm] ?? []
      const index = taken.get(algorithm) ?? 0
      taken.set(algorithm, index + 1)
      return pool[index % pool.length] ?? generateKeyPair(algorithm)
    },
  }
}
