import { crc32, inflateRawSync } from "node:zlib"
import { findEnd } from "./zip-end.ts"
import {
  CENTRAL_HEADER,
  DEFLATED,
  END,
  FLAG_DATA_DESCRIPTOR,
  FLAGS_ENCRYPTED,
  LOCAL_HEADER,
  LOCAL_HEADER_SIZE,
  MODE_DIRECTORY,
  MODE_REGULAR,
  MODE_TYPE,
  STORED,
} from "./zip-format.ts"
import { type Located, locate, readDirectory, type ZipHeader } from "./zip-headers.ts"
import { unsafeName, type ZipProblem } from "./zip-problems.ts"

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

export interface ZipReadingEntry extends ZipHeader {
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
    return refused(begins ? { kind: "truncated", left: whatIsLeft(zip) } : { kind: "not-a-zip" })
  }
  const problems: ZipProblem[] = [...end.problems]
  const headers = readDirectory(zip, end, limits.entries, problems)
  if (headers === undefined) return { entries: [], problems }
  const located = headers.map(header => locate(zip, header, end, problems))
  checkNames(headers, problems)
  checkTiling(zip, located, end.start, problems)
  const budget = { left: limits.totalBytes }
  const entries = located.map(entry => ({ ...entry.header, data: readData(zip, entry, limits, budget, problems) }))
  if (budget.left < 0) problems.push({ kind: "total-too-large", maximum: limits.totalBytes })
  return { entries, problems }
}

/** How far a ZIP without an end goes. */
function whatIsLeft(zip: Buffer): "entries" | "directory" | "end" {
  const has = (signature: number): boolean =>
    zip.includes(Buffer.of(...[0, 8, 16, 24].map(at => (signature >> at) & 0xff)))
  if (has(END)) return "end"
  return has(CENTRAL_HEADER) ? "directory" : "entries"
}

function refused(problem: ZipProblem): ZipReading {
  return { entries: [], problems: [problem] }
}

// The entries together

function checkNames(headers: readonly ZipHeader[], problems: ZipProblem[]): void {
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
function checkTiling(zip: Buffer, located: readonly Located[], directoryStart: number, problems: ZipProblem[]): void {
  const placed = located.flatMap(({ header, range }) => (range === undefined ? [] : { entry: header.name, ...range }))
  placed.sort((a, b) => a.start - b.start)
  let covered = 0
  let previous: string | undefined
  const gap = (until: number): void => {
    const size = until - covered
    if (size <= 0) return
    if (covered === 0) problems.push({ kind: "leading-bytes", size })
    else problems.push({ kind: "unlisted-bytes", offset: covered, size, ...nameAt(zip, covered) })
  }
  for (const { entry, start, end } of placed) {
    gap(start)
    if (start < covered) problems.push({ kind: "overlap", entry, other: previous ?? entry })
    if (end > covered) previous = entry
    covered = Math.max(covered, end)
  }
  gap(directoryStart)
}

function nameAt(zip: Buffer, offset: number): { readonly entry?: string } {
  if (offset + LOCAL_HEADER_SIZE > zip.length || zip.readUInt32LE(offset) !== LOCAL_HEADER) return {}
  const start = offset + LOCAL_HEADER_SIZE
  return { entry: zip.toString("utf8", start, start + zip.readUInt16LE(offset + 26)) }
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

function whyUnreadable(header: ZipHeader, limits: ZipLimits): ZipProblem | undefined {
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
