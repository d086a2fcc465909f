import { ScbError } from "../domain/errors.ts"
import { formatInstant, type Instant, parseInstant } from "../domain/instant.ts"

/** Identifier octets (X.690 §8.1.2) that we meet, constructed bit included. */
export const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  T61_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const

/** `[number]` with primitive content: an IMPLICIT string or integer. */
export const implicit = (number: number): number => 0x80 | number
/** `[number]` with constructed content: EXPLICIT, or an IMPLICIT sequence. */
export const explicit = (number: number): number => 0xa0 | number

/** One value, as views into the bytes it was read from: nothing is copied, so `raw` is exactly what was signed. */
export interface Der {
  readonly tag: number
  /** Identifier, length and content. */
  readonly raw: Uint8Array
  readonly content: Uint8Array
}

/** One value of `tag` around `contents`, which are DER already and are spliced byte for byte. */
export function encode(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 0)
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | byteCount(length), ...bigEndian(length)]
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  let offset = header.length
  for (const part of contents) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

export const sequence = (...members: readonly Uint8Array[]): Uint8Array => encode(TAG.SEQUENCE, ...members)
/** In ascending order of their bytes (X.690 §11.6). */
export const setOf = (...members: readonly Uint8Array[]): Uint8Array =>
  encode(TAG.SET, ...[...members].sort(Buffer.compare))
export const octetString = (bytes: Uint8Array): Uint8Array => encode(TAG.OCTET_STRING, bytes)
export const bitString = (bytes: Uint8Array, unusedBits = 0): Uint8Array =>
  encode(TAG.BIT_STRING, Uint8Array.of(unusedBits), bytes)
export const boolean = (value: boolean): Uint8Array => encode(TAG.BOOLEAN, Uint8Array.of(value ? 0xff : 0))
export const nul = (): Uint8Array => encode(TAG.NULL)
export const text = (tag: number, value: string): Uint8Array => encode(tag, Buffer.from(value, "utf8"))

/** A non-negative INTEGER, from a number or from big-endian bytes of any length. */
export function integer(value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === "number" ? Uint8Array.from(bigEndian(value)) : value
  const first = bytes.findIndex(byte => byte !== 0)
  if (first === -1) return encode(TAG.INTEGER, Uint8Array.of(0))
  const significant = bytes.subarray(first)
  return (significant[0] ?? 0) & 0x80
    ? encode(TAG.INTEGER, Uint8Array.of(0), significant)
    : encode(TAG.INTEGER, significant)
}

const encodedOids = new Map<string, Uint8Array>()

/** From dotted text. */
export function oid(dotted: string): Uint8Array {
  const known = encodedOids.get(dotted)
  if (known !== undefined) return known
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  const encoded = encode(TAG.OID, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
  encodedOids.set(dotted, encoded)
  return encoded
}

/** UTCTime up to 2049 and GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). Throws for years of more than four digits. */
export function time(instant: Instant): Uint8Array {
  const digits = `${formatInstant(instant).replace(/[-:TZ]/g, "")}Z`
  if (digits.length !== 15) throw new Error(`time: expected a year of four digits, got ${digits}`)
  return digits >= "1950" && digits < "2050" ? text(TAG.UTC_TIME, digits.slice(2)) : text(TAG.GENERALIZED_TIME, digits)
}

/** The one value that fills `bytes`. Throws `key-unreadable` for anything that is not DER: indefinite or padded lengths, trailing bytes. */
export function parseDer(bytes: Uint8Array): Der {
  const [first, ...more] = values(bytes)
  if (first === undefined || more.length > 0) throw malformed("one value", `${more.length + (first ? 1 : 0)}`)
  return first
}

/** The members of a constructed value; only one level is read, so hostile nesting costs nothing. */
export function members(der: Der | undefined, tag: number = TAG.SEQUENCE): readonly Der[] {
  return values(contentOf(der, tag))
}

/** Content of a value that must have this tag. */
export function contentOf(der: Der | undefined, tag: number): Uint8Array {
  if (der === undefined) throw malformed(`tag ${hex(tag)}`, "nothing")
  if (der.tag !== tag) throw malformed(`tag ${hex(tag)}`, `tag ${hex(der.tag)}`)
  return der.content
}

export function readOid(der: Der | undefined): string {
  const [first = 0, ...rest] = arcs(contentOf(der, TAG.OID))
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join(".")
}

/** Big-endian bytes without leading zeros. Throws for negative and padded numbers. */
export function readUnsigned(der: Der | undefined): Uint8Array {
  const content = contentOf(der, TAG.INTEGER)
  const [first = 0x80, second = 0x80] = content
  if (first & 0x80) throw malformed("a number that is not negative", "one that is, or none")
  if (first === 0 && content.length > 1 && (second & 0x80) === 0)
    throw malformed("the shortest integer", "a padded one")
  return first === 0 && content.length > 1 ? content.subarray(1) : content
}

/** Throws above 2^31: no count or version of ours is larger. */
export function readNumber(der: Der | undefined): number {
  const bytes = readUnsigned(der)
  const value = bytes.length > 4 ? Number.POSITIVE_INFINITY : bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  if (value > 0x7fffffff) throw malformed("a number below 2^31", `${bytes.length} bytes`)
  return value
}

export function readBoolean(der: Der | undefined): boolean {
  const content = contentOf(der, TAG.BOOLEAN)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw malformed("a boolean", "other bytes")
  return content[0] === 0xff
}

/** Content of a BIT STRING of whole bytes: a key or a signature. */
export function readBitString(der: Der | undefined): Uint8Array {
  const content = contentOf(der, TAG.BIT_STRING)
  if (content[0] !== 0) throw malformed("whole bytes", "unused bits")
  return content.subarray(1)
}

/** UTCTime or GeneralizedTime in the only form of RFC 5280 §4.1.2.5: with seconds, without fraction, in Z. */
export function readTime(der: Der | undefined): Instant {
  const digits = Buffer.from(der?.content ?? []).toString("latin1")
  const full =
    der?.tag === TAG.GENERALIZED_TIME ? digits : der?.tag === TAG.UTC_TIME ? (digits < "50" ? "20" : "19") + digits : ""
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)
  const [, year, month, day, hour, minute, second] = match ?? []
  const instant = parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (instant === undefined) throw malformed("a time in whole seconds UTC", "another value")
  return instant
}

/** The text of a directory string; unknown string types are read as Latin-1 so that a name can always be shown. */
export function readText(der: Der): string {
  const bytes = Buffer.from(der.content)
  if (der.tag === TAG.UTF8_STRING) return bytes.toString("utf8")
  if (der.tag === TAG.BMP_STRING && bytes.length % 2 === 0) return bytes.swap16().toString("utf16le")
  return bytes.toString("latin1")
}

function values(bytes: Uint8Array): Der[] {
  const found: Der[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const value = valueAt(bytes, offset)
    found.push(value)
    offset += value.raw.length
  }
  return found
}

function valueAt(bytes: Uint8Array, offset: number): Der {
  const [tag = 0, short = 0x80] = bytes.subarray(offset, offset + 2)
  if ((tag & 0x1f) === 0x1f) throw malformed("a tag below 31", "a longer one")
  const lengthBytes = short < 0x80 ? [] : [...bytes.subarray(offset + 2, offset + 2 + (short & 0x7f))]
  const length = short < 0x80 ? short : lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0)
  // X.690 §10.1: definite, and in the fewest bytes. Four of them are more than any input of ours.
  if (short === 0x80 || lengthBytes.length > 4 || (short > 0x80 && (length < 0x80 || lengthBytes[0] === 0))) {
    throw malformed("a length in its shortest form", "another")
  }
  const start = offset + 2 + lengthBytes.length
  const end = start + length
  if (end > bytes.length) throw malformed(`${length} bytes of content`, `${Math.max(0, bytes.length - start)}`)
  return { tag, raw: bytes.subarray(offset, end), content: bytes.subarray(start, end) }
}

function arcs(content: Uint8Array): number[] {
  const numbers: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER) throw malformed("an object identifier", "an arc above 2^53")
    if (byte < 0x80) {
      numbers.push(value)
      value = 0
    }
  }
  if (content.length === 0 || (content.at(-1) ?? 0x80) >= 0x80) throw malformed("an object identifier", "a cut one")
  return numbers
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128))
  return digits
}

function bigEndian(value: number): number[] {
  return value < 256 ? [value] : [...bigEndian(Math.floor(value / 256)), value % 256]
}

const byteCount = (value: number): number => bigEndian(value).length
const hex = (value: number): string => `0x${value.toString(16)}`

function malformed(expected: string, got: string): ScbError {
  return new ScbError("key-unreadable", `malformed DER: expected ${expected}, got ${got}`)
}
