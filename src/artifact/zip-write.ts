import { crc32 } from "node:zlib"
import type { Instant } from "../domain/instant.ts"
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_SIZE,
  END,
  END_SIZE,
  LOCAL_HEADER,
  LOCAL_HEADER_SIZE,
  MODE_REGULAR,
  STORED,
} from "./zip-format.ts"
import { unsafeName } from "./zip-problems.ts"

export interface ZipEntry {
  /** Relative ASCII path with forward slashes. */
  readonly name: string
  readonly data: Uint8Array
  /** Unix permissions, e.g. 0o600. */
  readonly mode: number
}

const VERSION_NEEDED = 10
const MADE_BY_UNIX = (3 << 8) | 20
const MAXIMUM_ENTRIES = 0xfffe

/**
 * A ZIP that every driver reads and that depends on nothing but its arguments: STORED (DEFLATE output differs between
 * zlib builds), sizes and CRC in the local headers (Java refuses STORED with a data descriptor), entries in the order
 * given, dates in UTC, no directory entries, no extra fields, no comment.
 * Throws a plain Error for a name that is unsafe or used twice.
 */
export function writeZip(entries: readonly ZipEntry[], at: Instant): Uint8Array {
  checkNames(entries)
  const timestamp = dosTimestamp(at)
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name, "latin1")
    const header = localHeader(entry, name.length, timestamp)
    directory.push(centralHeader(header, entry.mode, offset), name)
    parts.push(header, name, entry.data)
    offset += header.length + name.length + entry.data.length
  }
  const directorySize = directory.reduce((sum, part) => sum + part.length, 0)
  return new Uint8Array(Buffer.concat([...parts, ...directory, endRecord(entries.length, directorySize, offset)]))
}

function localHeader(entry: ZipEntry, nameLength: number, timestamp: number): Buffer {
  const header = Buffer.alloc(LOCAL_HEADER_SIZE)
  header.writeUInt32LE(LOCAL_HEADER, 0)
  header.writeUInt16LE(VERSION_NEEDED, 4)
  header.writeUInt16LE(STORED, 8)
  header.writeUInt32LE(timestamp, 10)
  header.writeUInt32LE(crc32(entry.data), 14)
  header.writeUInt32LE(entry.data.length, 18)
  header.writeUInt32LE(entry.data.length, 22)
  header.writeUInt16LE(nameLength, 26)
  return header
}

/** Bytes 4–30 of a local header stand in the central one at 6–32 (APPNOTE 4.3.12). */
function centralHeader(local: Buffer, mode: number, offset: number): Buffer {
  const header = Buffer.alloc(CENTRAL_HEADER_SIZE)
  header.writeUInt32LE(CENTRAL_HEADER, 0)
  header.writeUInt16LE(MADE_BY_UNIX, 4)
  local.copy(header, 6, 4)
  header.writeUInt32LE(((MODE_REGULAR | mode) << 16) >>> 0, 38)
  header.writeUInt32LE(offset, 42)
  return header
}

function endRecord(count: number, directorySize: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(END_SIZE)
  record.writeUInt32LE(END, 0)
  record.writeUInt16LE(count, 8)
  record.writeUInt16LE(count, 10)
  record.writeUInt32LE(directorySize, 12)
  record.writeUInt32LE(directoryOffset, 16)
  return record
}

/** Date in the high half, time in the low half; two-second steps from 1980 to 2107 (APPNOTE 4.4.6). */
function dosTimestamp(at: Instant): number {
  const utc = new Date(at)
  const year = utc.getUTCFullYear()
  if (year < 1980 || year > 2107) throw new Error(`a ZIP cannot hold the year ${year}`)
  const date = ((year - 1980) << 9) | ((utc.getUTCMonth() + 1) << 5) | utc.getUTCDate()
  const time = (utc.getUTCHours() << 11) | (utc.getUTCMinutes() << 5) | (utc.getUTCSeconds() >> 1)
  return ((date << 16) | time) >>> 0
}

function checkNames(entries: readonly ZipEntry[]): void {
  if (entries.length > MAXIMUM_ENTRIES) throw new Error(`too many entries for a ZIP: ${entries.length}`)
  const seen = new Set<string>()
  for (const { name } of entries) {
    const reason = unsafeName(name, Buffer.from(name))
    if (reason !== undefined || name.endsWith("/")) throw new Error(`unsafe entry name ${JSON.stringify(name)}`)
    if (seen.has(name.toLowerCase())) throw new Error(`entry name used twice: ${JSON.stringify(name)}`)
    seen.add(name.toLowerCase())
  }
}
