/*
 * SHA-256 (FIPS 180-4 §6.2) of its own output, over and over, as PKCS#12 derives keys. Only for that: a call into OpenSSL
 * costs several times the one block it would hash here. Everything else is hashed by node:crypto.
 */

/** The fractional parts of cube and square roots of the first primes (FIPS 180-4 §4.2.2, §5.3.3). */
const ROUND_CONSTANTS = fractions(64, Math.cbrt)
const INITIAL = fractions(8, Math.sqrt)

/** `times` further digests of a 32-byte digest. */
export function sha256Chain(digest: Uint8Array, times: number): Uint8Array {
  const bytes = Buffer.from(digest)
  const words = new Int32Array(64)
  for (let index = 0; index < 8; index++) words[index] = bytes.readInt32BE(index * 4)
  words[8] = 0x80000000
  words[15] = 256
  for (let round = 0; round < times; round++) compress(words)
  for (let index = 0; index < 8; index++) bytes.writeInt32BE(words[index] as number, index * 4)
  return new Uint8Array(bytes)
}

/** One block of 16 words, at the start of `w`, whose digest takes the place of its first eight. */
function compress(w: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15] as number
    const y = w[t - 2] as number
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0
  }
  let a = INITIAL[0] as number
  let b = INITIAL[1] as number
  let c = INITIAL[2] as number
  let d = INITIAL[3] as number
  let e = INITIAL[4] as number
  let f = INITIAL[5] as number
  let g = INITIAL[6] as number
  let h = INITIAL[7] as number
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND_CONSTANTS[t] as number) + (w[t] as number)) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  w[0] = (INITIAL[0] as number) + a
  w[1] = (INITIAL[1] as number) + b
  w[2] = (INITIAL[2] as number) + c
  w[3] = (INITIAL[3] as number) + d
  w[4] = (INITIAL[4] as number) + e
  w[5] = (INITIAL[5] as number) + f
  w[6] = (INITIAL[6] as number) + g
  w[7] = (INITIAL[7] as number) + h
}

function fractions(count: number, root: (value: number) => number): Int32Array {
  const primes: number[] = []
  for (let value = 2; primes.length < count; value++) {
    if (primes.every(prime => value % prime !== 0)) primes.push(value)
  }
  return Int32Array.from(primes, prime => Math.floor((root(prime) % 1) * 2 ** 32) | 0)
}
