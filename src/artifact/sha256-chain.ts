/*
 * SHA-256 (FIPS 180-4 §6.2) of its own output, over and over, as PKCS#12 derives keys. Only for that: a call into OpenSSL
 * costs several times the one block it would hash here. Everything else is hashed by node:crypto.
 */

/** The fractional parts of cube and square roots of the first primes (FIPS 180-4 §4.2.2, §5.3.3). */
const ROUND_CONSTANTS = fractions(64, Math.cbrt)
const INITIAL = fractions(8, Math.sqrt)

/** `times` further digests of a 32-byte digest. */
export function sha256Chain(digest: Uint8Array, times: number): Uint8Array {
  const input = Buffer.from(digest)
  const state = Int32Array.from({ length: 8 }, (_, index) => input.readInt32BE(index * 4))
  const schedule = new Int32Array(64)
  schedule[8] = 0x80000000
  for (let round = 0; round < times; round++) {
    schedule.set(state)
    schedule.fill(0, 9, 15)
    schedule[15] = 256
    compress(schedule, state)
  }
  const output = Buffer.alloc(32)
  state.forEach((word, index) => {
    output.writeInt32BE(word, index * 4)
  })
  return new Uint8Array(output)
}

/** One block of 16 words, already at the start of `w`, hashed into `state`. */
function compress(w: Int32Array, state: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15] as number
    const y = w[t - 2] as number
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = INITIAL
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
  const sum = [a, b, c, d, e, f, g, h]
  for (let index = 0; index < 8; index++) state[index] = ((INITIAL[index] as number) + (sum[index] as number)) | 0
}

function fractions(count: number, root: (value: number) => number): Int32Array {
  const primes: number[] = []
  for (let value = 2; primes.length < count; value++) {
    if (primes.every(prime => value % prime !== 0)) primes.push(value)
  }
  return Int32Array.from(primes, prime => Math.floor((root(prime) % 1) * 2 ** 32) | 0)
}
