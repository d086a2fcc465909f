import { createHash, pbkdf2Sync } from "node:crypto"
import { remembering } from "./remembering.ts"
import { sha256Chain } from "./sha256-chain.ts"

/** What the derived bytes are for (RFC 7292 appendix B.3). */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const

export interface Pkcs12Derivation {
  readonly hash: "sha1" | "sha256" | "sha384" | "sha512"
  /** See {@link bmpPassword}. */
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
  readonly purpose: (typeof PURPOSE)[keyof typeof PURPOSE]
  readonly length: number
}

/** RFC 8018 §5.2, with HMAC. */
export interface Pbkdf2Derivation {
  readonly hash: string
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly length: number
}

/** Derives the keys of stores. */
export interface KeyDerivation {
  pkcs12(derivation: Pkcs12Derivation): Uint8Array
  pbkdf2(derivation: Pbkdf2Derivation): Uint8Array
}

/** More than the stores of one bundle take. */
const REMEMBERED_KEYS = 8

/**
 * Derives each key once; another password, salt or count is another key. What it remembers is secret: one for one
 * release, or for one file, and gone with it. `spend` hears of every derivation before it is made, and may throw.
 */
export function keyDerivation(spend: (iterations: number) => void = () => {}): KeyDerivation {
  const once = <T extends Pkcs12Derivation | Pbkdf2Derivation>(derive: (derivation: T) => Uint8Array) =>
    remembering(REMEMBERED_KEYS, nameOf<T>, derivation => {
      spend(derivation.iterations)
      return derive(derivation)
    })
  return {
    pkcs12: once(derivePkcs12),
    pbkdf2: once(({ hash, password, salt, iterations, length }: Pbkdf2Derivation) =>
      pbkdf2Sync(password, salt, iterations, length, hash),
    ),
  }
}

function nameOf<T extends Pkcs12Derivation | Pbkdf2Derivation>(derivation: T): string {
  const { hash, password, salt, iterations, length } = derivation
  const purpose = "purpose" in derivation ? derivation.purpose : ""
  const [saltHex, passwordHex] = [Buffer.from(salt).toString("hex"), Buffer.from(password).toString("hex")]
  return [hash, iterations, length, purpose, saltHex, passwordHex].join(" ")
}

/** UTF-16BE with a terminator (RFC 7292 appendix B.1). */
export function bmpPassword(password: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${password}\0`, "utf16le").swap16())
}

/** The key derivation of RFC 7292 appendix B.2. */
export function derivePkcs12(derivation: Pkcs12Derivation): Uint8Array {
  const { hash, password, salt, iterations, purpose, length } = derivation
  const block = hash === "sha384" || hash === "sha512" ? 128 : 64
  const diversifier = new Uint8Array(block).fill(purpose)
  const input = Buffer.concat([repeated(salt, block), repeated(password, block)])
  const output: Uint8Array[] = []
  for (let made = 0; made < length; made += output.at(-1)?.length ?? 0) {
    const digest = iterate(hash, createHash(hash).update(diversifier).update(input).digest(), iterations - 1)
    output.push(digest)
    for (let offset = 0; offset < input.length; offset += block) addPlusOne(input, offset, repeated(digest, block))
  }
  return new Uint8Array(Buffer.concat(output).subarray(0, length))
}

function iterate(hash: Pkcs12Derivation["hash"], first: Uint8Array, times: number): Uint8Array {
  if (hash === "sha256") return sha256Chain(first, times)
  let digest = first
  for (let round = 0; round < times; round++) digest = createHash(hash).update(digest).digest()
  return digest
}

/** `bytes` over and over, until whole blocks are full. */
function repeated(bytes: Uint8Array, block: number): Uint8Array {
  const length = block * Math.ceil(bytes.length / block)
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0)
}

/** `target = target + addend + 1` on one big-endian block, overflow dropped. */
function addPlusOne(target: Uint8Array, offset: number, addend: Uint8Array): void {
  let carry = 1
  for (let index = addend.length - 1; index >= 0; index--) {
    carry += (target[offset + index] ?? 0) + (addend[index] ?? 0)
    target[offset + index] = carry & 0xff
    carry >>= 8
  }
}
