import {
  END,
  END_SIZE,
  SEE_ZIP64_16,
  SEE_ZIP64_32,
  ZIP64_END,
  ZIP64_END_SIZE,
  ZIP64_LOCATOR,
  ZIP64_LOCATOR_SIZE,
} from "./zip-format.ts"
import type { ZipProblem } from "./zip-problems.ts"

/** What the end of an archive says about its central directory. */
export interface End {
  /** Where the central directory stands. */
  readonly start: number
  readonly stop: number
  readonly count: number
  /** Bytes by which all offsets in the archive are too small: something was put in front of it. */
  readonly shift: number
  readonly problems: readonly ZipProblem[]
}

const MAXIMUM_COMMENT = 0xffff

/** The last end record whose comment fits into the archive; undefined when there is none. */
export function findEnd(zip: Buffer): End | undefined {
  const last = zip.length - END_SIZE
  for (let at = last; at >= 0 && at >= last - MAXIMUM_COMMENT; at--) {
    if (zip.readUInt32LE(at) !== END) continue
    const commentSize = zip.readUInt16LE(at + 20)
    const trailing = last - at - commentSize
    if (trailing >= 0) return readEnd(zip, at, commentSize, trailing)
  }
  return undefined
}

function readEnd(zip: Buffer, at: number, commentSize: number, trailing: number): End {
  const problems: ZipProblem[] = []
  if (commentSize > 0) problems.push({ kind: "comment", size: commentSize })
  if (trailing > 0) problems.push({ kind: "trailing-bytes", size: trailing })
  const disks = [zip.readUInt16LE(at + 4), zip.readUInt16LE(at + 6)]
  if (disks.some(disk => disk !== 0 && disk !== SEE_ZIP64_16)) problems.push({ kind: "multiple-disks" })
  const short: EndFields = {
    stop: at,
    countHere: zip.readUInt16LE(at + 8),
    count: zip.readUInt16LE(at + 10),
    size: zip.readUInt32LE(at + 12),
    offset: zip.readUInt32LE(at + 16),
  }
  const fields = readZip64End(zip, short, problems)
  if (fields.count !== fields.countHere) problems.push({ kind: "multiple-disks" })
  const start = fields.stop - fields.size
  if (start < fields.offset) problems.push({ kind: "directory-malformed", detail: "it ends after the end record" })
  return { start, stop: fields.stop, count: fields.count, shift: start - fields.offset, problems }
}

interface EndFields {
  readonly stop: number
  readonly countHere: number
  readonly count: number
  readonly size: number
  readonly offset: number
}

/** ZIP64 values where there are any. What both records say must be the same unless the short one defers. */
function readZip64End(zip: Buffer, short: EndFields, problems: ZipProblem[]): EndFields {
  const locator = short.stop - ZIP64_LOCATOR_SIZE
  const at = locator - ZIP64_END_SIZE
  if (locator < 0 || zip.readUInt32LE(locator) !== ZIP64_LOCATOR) return short
  if (at < 0 || zip.readUInt32LE(at) !== ZIP64_END || readU64(zip, at + 4) !== ZIP64_END_SIZE - 12) {
    problems.push({ kind: "zip64-contradiction", detail: "no end record of 56 bytes stands before its locator" })
    return short
  }
  const long: EndFields = {
    stop: at,
    countHere: readU64(zip, at + 24),
    count: readU64(zip, at + 32),
    size: readU64(zip, at + 40),
    offset: readU64(zip, at + 48),
  }
  const agrees =
    deferOrEqual(short.countHere, SEE_ZIP64_16, long.countHere) &&
    deferOrEqual(short.count, SEE_ZIP64_16, long.count) &&
    deferOrEqual(short.size, SEE_ZIP64_32, long.size) &&
    deferOrEqual(short.offset, SEE_ZIP64_32, long.offset)
  if (!agrees) problems.push({ kind: "zip64-contradiction", detail: "the two end records differ" })
  if (readU64(zip, locator + 8) > at) {
    problems.push({ kind: "zip64-contradiction", detail: "the locator points behind the end record" })
  }
  return long
}

function deferOrEqual(short: number, defers: number, long: number): boolean {
  return short === defers || short === long
}

/** Beyond 2^53 it loses digits, not size: every use compares it with the length of what is in memory. */
export function readU64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}
