import { randomBytes } from "node:crypto"
import { generateKeyPair } from "../artifact/keys.ts"
import type { Entropy } from "../ports.ts"

/** The operating system's randomness, through OpenSSL. */
export function nodeEntropy(): Entropy {
  return { bytes: length => new Uint8Array(randomBytes(length)), keyPair: generateKeyPair }
}
