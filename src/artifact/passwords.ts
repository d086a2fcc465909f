const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const LENGTH = 17
/** The largest multiple of 62 that a byte can count to; bytes from there on would make some letters likelier. */
const UNBIASED = 256 - (256 % ALPHABET.length)

/** What opens the three key stores of a bundle. It lies in the same ZIP as they do: format, not protection. */
export interface StorePasswords {
  readonly keyStore: string
  readonly trustStore: string
  readonly pfx: string
}

/** 17 letters and digits, as in genuine bundles: 101 bits. Non-ASCII would fail in Java's PBE. */
export function randomPassword(random: (length: number) => Uint8Array): string {
  // 8 in 256 bytes are of no use; that fewer than 17 of 64 are good happens to broken entropy only.
  const letters = [...random(64)].filter(byte => byte < UNBIASED).map(byte => ALPHABET.charAt(byte % ALPHABET.length))
  if (letters.length < LENGTH) throw new Error("the source of entropy gives no usable bytes")
  return letters.slice(0, LENGTH).join("")
}

/** Three different ones. Throws a plain Error if they are not, for then the entropy is none. */
export function randomPasswords(random: (length: number) => Uint8Array): StorePasswords {
  const passwords = {
    keyStore: randomPassword(random),
    trustStore: randomPassword(random),
    pfx: randomPassword(random),
  }
  if (new Set(Object.values(passwords)).size < 3) throw new Error("the source of entropy repeats itself")
  return passwords
}
