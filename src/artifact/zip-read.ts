import { crc32, inflateRawSync } from "node:zlib"
import { type Instant, instantFromMillis } from "../domain/instant.ts"
import { type End, findEnd, readU64 } from "./zip-end.ts"
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_SIZE,
  DATA_DESCRIPTOR,
  DEFLATED,
  EXTRA_UNICODE_PATH,
  EXTRA_ZIP64,
  FLAG_DATA_DESCRIPTOR,
  FLAGS_ENCRYPTED,
  LOCAL_HEADER,
  LOCAL_HEADER_SIZE,
  MODE_DIRECTORY,
  MODE_REGULAR,
  MODE_TYPE,
  SEE_ZIP64_32,
  STORED,
} from "./zip-format.ts"
import { type HeaderField, unsafeName, type ZipProblem } from "./zip-problems.ts"

export interface ZipLimits {
  readonly archiveBytes: number
  readonly entries: number
  /** Inflated size of one entry, and of all together. */
  readonly entryBytes: number
  readonly totalBytes: number
  /** Inflated size over compressed size. */
  readonly ratio: number
}

/** Far above any real bundle (8 KB to 64 KB), far below harm. */
export const BUNDLE_LIMITS: ZipLimits = {
  archiveBytes: 8 << 20,
  entries: 256,
  entryBytes: 1 << 20,
  totalBytes: 8 << 20,
  ratio: 200,
}

export interface ZipReadingEntry {
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
  /** Undefined where a problem of this entry tells why it cannot or must not be read. */
  readonly data: Uint8Array | undefined
}

export interface ZipReading {
  /** In the order of the central directory. */
  readonly entries: readonly ZipReadingEntry[]
  /** Empty for an archive that every reader, streaming or seeking, understands in the same way. */
  readonly problems: readonly ZipProblem[]
}

/**
 * Reads an archive in memory, strictly: every byte must belong to the directory or to exactly one entry, and both
 * headers of an entry must agree. Never throws, never touches a file, and takes time and memory within `limits`
 * whatever the bytes are.
 */
export function readZip(bytes: Uint8Array, limits: ZipLimits = BUNDLE_LIMITS): ZipReading {
  if (bytes.length > limits.archiveBytes) {
    return refused({ kind: "archive-too-large", size: bytes.length, maximum: limits.archiveBytes })
  }
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(zip)
  if (end === undefined) {
    const begins = zip.length >= 4 && zip.readUInt32LE(0) === LOCAL_HEADER
    return refused(begins ? { kind: "truncated" } : { kind: "not-a-zip" })
  }
  const problems: ZipProblem[] = [...end.problems]
  const headers = readDirectory(zip, end, limits, problems)
  if (headers === undefined) return { entries: [], problems }
  const located = headers.map(header => locate(zip, header, end, problems))
  checkNames(headers, problems)
  checkTiling(located, end.start, problems)
  const budget = { left: limits.totalBytes }
  const entries = located.map(entry => ({ ...entry.header, data: readData(zip, entry, limits, budget, problems) }))
  if (budget.left < 0) problems.push({ kind: "total-too-large", maximum: limits.totalBytes })
  return { entries, problems }
}

function refused(problem: ZipProblem): ZipReading {
  return { entries: [], problems: [problem] }
}

// The central directory

type Header = Omit<ZipReadingEntry, "data"> & { readonly offset: number }

/** Undefined when it must not be read, or is not there. */
function readDirectory(
  zip: Buffer,
  end: End,
  limits: ZipLimits,
  problems: ZipProblem[],
): readonly Header[] | undefined {
  if (end.count > limits.entries) {
    problems.push({ kind: "too-many-entries", count: end.count, maximum: limits.entries })
    return undefined
  }
  if (end.start < 0 || end.shift < 0) {
    problems.push({ kind: "directory-malformed", detail: "it begins before the archive" })
    return undefined
  }
  const headers: Header[] = []
  let at = end.start
  while (at + CENTRAL_HEADER_SIZE <= end.stop && zip.readUInt32LE(at) === CENTRAL_HEADER) {
    const size = CENTRAL_HEADER_SIZE + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
    if (at + size > end.stop) break
    if (headers.length === limits.entries) {
      problems.push({ kind: "too-many-entries", count: limits.entries + 1, maximum: limits.entries })
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

function readHeader(zip: Buffer, at: number, problems: ZipProblem[]): Header {
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

interface Located {
  readonly header: Header
  /** Undefined when there is no whole entry where the directory says. */
  readonly range: Range | undefined
}

interface Range {
  readonly start: number
  readonly dataStart: number
  readonly dataEnd: number
  /** After the data descriptor, where there is one. */
  readonly end: number
}

function locate(zip: Buffer, header: Header, end: End, problems: ZipProblem[]): Located {
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

function localDifferences(zip: Buffer, start: number, header: Header, problems: ZipProblem[]): readonly HeaderField[] {
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
function descriptorSize(zip: Buffer, at: number, header: Header): number | undefined {
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

// What they say together

function checkNames(headers: readonly Header[], problems: ZipProblem[]): void {
  const seen = new Map<string, string>()
  for (const header of headers) {
    const entry = header.name
    const reason = unsafeName(entry, header.rawName)
    if (reason !== undefined) problems.push({ kind: "unsafe-name", entry, reason })
    if (entry.endsWith("/")) problems.push({ kind: "directory-entry", entry })
    const type = header.mode & MODE_TYPE
    if (type !== 0 && type !== MODE_REGULAR && type !== MODE_DIRECTORY) {
      problems.push({ kind: "special-file", entry, mode: header.mode })
    }
    const other = seen.get(entry.toLowerCase())
    if (other === entry) problems.push({ kind: "duplicate-name", entry })
    else if (other !== undefined) problems.push({ kind: "case-collision", entry, other })
    seen.set(entry.toLowerCase(), entry)
  }
}

/** Entries must cover everything before the directory, side by side: then streaming and seeking readers see the same. */
function checkTiling(located: readonly Located[], directoryStart: number, problems: ZipProblem[]): void {
  const placed = located.flatMap(({ header, range }) => (range === undefined ? [] : { entry: header.name, ...range }))
  placed.sort((a, b) => a.start - b.start)
  let covered = 0
  let previous: string | undefined
  const gap = (until: number): void => {
    const size = until - covered
    if (size <= 0) return
    if (covered === 0) problems.push({ kind: "leading-bytes", size })
    else problems.push({ kind: "unlisted-bytes", offset: covered, size })
  }
  for (const { entry, start, end } of placed) {
    gap(start)
    if (start < covered) problems.push({ kind: "overlap", entry, other: previous ?? entry })
    if (end > covered) previous = entry
    covered = Math.max(covered, end)
  }
  gap(directoryStart)
}

// The data

function readData(
  zip: Buffer,
  { header, range }: Located,
  limits: ZipLimits,
  budget: { left: number },
  problems: ZipProblem[],
): Uint8Array | undefined {
  const { name: entry, size } = header
  if (range === undefined) return undefined
  const problem = whyUnreadable(header, limits)
  if (problem !== undefined) {
    problems.push(problem)
    return undefined
  }
  if ((header.flags & FLAG_DATA_DESCRIPTOR) !== 0 && header.method === STORED) {
    problems.push({ kind: "stored-with-descriptor", entry })
  }
  // Claimed sizes bound the inflated ones, so claims alone keep the total within its limit, overlapping entries too.
  budget.left -= size
  if (budget.left < 0) return undefined
  const raw = zip.subarray(range.dataStart, range.dataEnd)
  const data = header.method === STORED ? raw : inflate(raw, size)
  if (data === undefined) problems.push({ kind: "data-corrupt", entry })
  else if (data.length !== size) problems.push({ kind: "size-mismatch", entry, claimed: size, found: data.length })
  else if (crc32(data) !== header.crc32) problems.push({ kind: "crc-mismatch", entry })
  else return new Uint8Array(data)
  return undefined
}

function whyUnreadable(header: Header, limits: ZipLimits): ZipProblem | undefined {
  const { name: entry, size, compressedSize, method } = header
  if ((header.flags & FLAGS_ENCRYPTED) !== 0) return { kind: "encrypted", entry }
  if (method !== STORED && method !== DEFLATED) return { kind: "method-unsupported", entry, method }
  if (size > limits.entryBytes) return { kind: "entry-too-large", entry, size, maximum: limits.entryBytes }
  const ratio = Math.ceil(size / Math.max(1, compressedSize))
  if (ratio > limits.ratio) return { kind: "ratio-too-high", entry, ratio, maximum: limits.ratio }
  return undefined
}

/** Undefined unless `raw` is one whole DEFLATE stream, no byte more, of at most `size` bytes. */
function inflate(raw: Buffer, size: number): Buffer | undefined {
  try {
    // `info` adds how much was read; the type declarations of Node do not know it.
    const { buffer, engine } = inflateRawSync(raw, { info: true, maxOutputLength: Math.max(1, size) }) as unknown as {
      readonly buffer: Buffer
      readonly engine: { readonly bytesWritten: number }
    }
    return engine.bytesWritten === raw.length ? buffer : undefined
  } catch {
    return undefined
  }
}

function readDosTime(time: number, date: number): Instant {
  const [hours, minutes, seconds] = [time >> 11, (time >> 5) & 63, (time & 31) * 2]
  return instantFromMillis(Date.UTC((date >> 9) + 1980, ((date >> 5) & 15) - 1, date & 31, hours, minutes, seconds))
}
