import { type Instant, instantFromMillis } from "../domain/instant.ts"
import { type End, readU64 } from "./zip-end.ts"
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_SIZE,
  DATA_DESCRIPTOR,
  EXTRA_UNICODE_PATH,
  EXTRA_ZIP64,
  FLAG_DATA_DESCRIPTOR,
  LOCAL_HEADER,
  LOCAL_HEADER_SIZE,
  SEE_ZIP64_32,
} from "./zip-format.ts"
import type { HeaderField, ZipProblem } from "./zip-problems.ts"

export interface ZipHeader {
  /** As the central directory spells it. For looking at and comparing, never for writing to a path. */
  readonly name: string
  readonly rawName: Uint8Array
  readonly method: number
  readonly flags: number
  readonly crc32: number
  readonly compressedSize: number
  readonly size: number
  /** Unix permissions and file type; 0 where the archive says nothing. */
  readonly mode: number
  /** The DOS time taken as UTC. */
  readonly modifiedAt: Instant
  /** Of the local header, as the directory counts. */
  readonly offset: number
}

/** The central directory, of at most `maximum` entries. Undefined when it must not be read, or is not there. */
export function readDirectory(
  zip: Buffer,
  end: End,
  maximum: number,
  problems: ZipProblem[],
): readonly ZipHeader[] | undefined {
  if (end.count > maximum) {
    problems.push({ kind: "too-many-entries", count: end.count, maximum })
    return undefined
  }
  if (end.start < 0 || end.shift < 0) {
    problems.push({ kind: "directory-malformed", detail: "it begins before the archive" })
    return undefined
  }
  const headers: ZipHeader[] = []
  let at = end.start
  while (at + CENTRAL_HEADER_SIZE <= end.stop && zip.readUInt32LE(at) === CENTRAL_HEADER) {
    const size = CENTRAL_HEADER_SIZE + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
    if (at + size > end.stop) break
    if (headers.length === maximum) {
      problems.push({ kind: "too-many-entries", count: maximum + 1, maximum })
      return undefined
    }
    headers.push(readHeader(zip, at, problems))
    at += size
  }
  if (at !== end.stop) problems.push({ kind: "directory-malformed", detail: `bytes at ${at} are no header` })
  if (headers.length !== end.count) {
    problems.push({ kind: "entry-count-differs", claimed: end.count, found: headers.length })
  }
  return headers
}

function readHeader(zip: Buffer, at: number, problems: ZipProblem[]): ZipHeader {
  const rawName = new Uint8Array(zip.subarray(at + 46, at + 46 + zip.readUInt16LE(at + 28)))
  const name = Buffer.from(rawName).toString("utf8")
  const extra = readExtra(zip, at + 46 + rawName.length, zip.readUInt16LE(at + 30))
  const long = longFields(
    extra,
    { size: zip.readUInt32LE(at + 24), compressedSize: zip.readUInt32LE(at + 20), offset: zip.readUInt32LE(at + 42) },
    name,
    problems,
  )
  if (!extra.sound) problems.push({ kind: "directory-malformed", detail: `extra field of ${name} is cut off` })
  if (extra.fields.has(EXTRA_UNICODE_PATH)) problems.push({ kind: "second-name", entry: name })
  return {
    name,
    rawName,
    flags: zip.readUInt16LE(at + 8),
    method: zip.readUInt16LE(at + 10),
    modifiedAt: readDosTime(zip.readUInt16LE(at + 12), zip.readUInt16LE(at + 14)),
    crc32: zip.readUInt32LE(at + 16),
    mode: zip.readUInt16LE(at + 40),
    ...long,
  }
}

interface Extra {
  readonly fields: ReadonlyMap<number, Buffer>
  readonly sound: boolean
}

function readExtra(zip: Buffer, from: number, size: number): Extra {
  const fields = new Map<number, Buffer>()
  const end = Math.min(from + size, zip.length)
  let at = from
  while (at + 4 <= end) {
    const next = at + 4 + zip.readUInt16LE(at + 2)
    if (next > end) break
    fields.set(zip.readUInt16LE(at), zip.subarray(at + 4, next))
    at = next
  }
  return { fields, sound: at === from + size }
}

interface LongFields {
  readonly size: number
  readonly compressedSize: number
  readonly offset: number
}

/** The ZIP64 field holds, in this order, only the values that their 32-bit fields defer to it (APPNOTE 4.5.3). */
function longFields(extra: Extra, short: LongFields, entry: string, problems: ZipProblem[]): LongFields {
  const field = extra.fields.get(EXTRA_ZIP64)
  let at = 0
  const next = (value: number): number => {
    if (value !== SEE_ZIP64_32) return value
    if (field === undefined || at + 8 > field.length) {
      problems.push({ kind: "zip64-contradiction", entry, detail: "a value is deferred to a field that is not there" })
      return value
    }
    at += 8
    return readU64(field, at - 8)
  }
  const size = next(short.size)
  const compressedSize = next(short.compressedSize)
  return { size, compressedSize, offset: next(short.offset) }
}

// The local headers

/** An entry and where it stands. */
export interface Located {
  readonly header: ZipHeader
  /** Undefined when there is no whole entry where the directory says. */
  readonly range: Range | undefined
}

export interface Range {
  readonly start: number
  readonly dataStart: number
  readonly dataEnd: number
  /** After the data descriptor, where there is one. */
  readonly end: number
}

/** Finds an entry by its header in the directory, and compares that with its local one and its data descriptor. */
export function locate(zip: Buffer, header: ZipHeader, end: End, problems: ZipProblem[]): Located {
  const entry = header.name
  const start = header.offset + end.shift
  if (start + LOCAL_HEADER_SIZE > end.start || zip.readUInt32LE(start) !== LOCAL_HEADER) {
    problems.push({ kind: "local-header-missing", entry })
    return { header, range: undefined }
  }
  const nameSize = zip.readUInt16LE(start + 26)
  const extraSize = zip.readUInt16LE(start + 28)
  const dataStart = start + LOCAL_HEADER_SIZE + nameSize + extraSize
  const dataEnd = dataStart + header.compressedSize
  if (dataEnd > end.start) {
    problems.push({ kind: "truncated", entry })
    return { header, range: undefined }
  }
  for (const field of localDifferences(zip, start, header, problems)) {
    problems.push({ kind: "headers-differ", entry, field })
  }
  const descriptor = (header.flags & FLAG_DATA_DESCRIPTOR) === 0 ? 0 : descriptorSize(zip, dataEnd, header)
  if (descriptor === undefined) problems.push({ kind: "headers-differ", entry, field: "descriptor" })
  return { header, range: { start, dataStart, dataEnd, end: dataEnd + (descriptor ?? 0) } }
}

function localDifferences(
  zip: Buffer,
  start: number,
  header: ZipHeader,
  problems: ZipProblem[],
): readonly HeaderField[] {
  const differences: HeaderField[] = []
  const name = zip.subarray(start + 30, start + 30 + zip.readUInt16LE(start + 26))
  if (!name.equals(header.rawName)) differences.push("name")
  if (zip.readUInt16LE(start + 6) !== header.flags) differences.push("flags")
  if (zip.readUInt16LE(start + 8) !== header.method) differences.push("method")
  const extra = readExtra(zip, start + 30 + name.length, zip.readUInt16LE(start + 28))
  if (extra.fields.has(EXTRA_UNICODE_PATH)) problems.push({ kind: "second-name", entry: header.name })
  const crc = zip.readUInt32LE(start + 14)
  const local = longFields(
    extra,
    { size: zip.readUInt32LE(start + 22), compressedSize: zip.readUInt32LE(start + 18), offset: 0 },
    header.name,
    problems,
  )
  // With a descriptor the three values come after the data and may be zero here (APPNOTE 4.4.4, bit 3).
  const streamed = (header.flags & FLAG_DATA_DESCRIPTOR) !== 0
  const agrees = (here: number, there: number): boolean => here === there || (streamed && here === 0)
  if (!agrees(crc, header.crc32)) differences.push("crc")
  if (!agrees(local.size, header.size) || !agrees(local.compressedSize, header.compressedSize)) {
    differences.push("sizes")
  }
  return differences
}

/** A descriptor may have a signature or not, and 4- or 8-byte sizes (APPNOTE 4.3.9). Undefined when none of the four fits. */
function descriptorSize(zip: Buffer, at: number, header: ZipHeader): number | undefined {
  for (const signature of [4, 0]) {
    for (const width of [4, 8]) {
      const size = signature + 4 + 2 * width
      if (at + size > zip.length) continue
      if (signature === 4 && zip.readUInt32LE(at) !== DATA_DESCRIPTOR) continue
      const values = at + signature
      const read = (offset: number): number => (width === 4 ? zip.readUInt32LE(offset) : readU64(zip, offset))
      if (
        zip.readUInt32LE(values) === header.crc32 &&
        read(values + 4) === header.compressedSize &&
        read(values + 4 + width) === header.size
      ) {
        return size
      }
    }
  }
  return undefined
}

function readDosTime(time: number, date: number): Instant {
  const [hours, minutes, seconds] = [time >> 11, (time >> 5) & 63, (time & 31) * 2]
  return instantFromMillis(Date.UTC((date >> 9) + 1980, ((date >> 5) & 15) - 1, date & 31, hours, minutes, seconds))
}
