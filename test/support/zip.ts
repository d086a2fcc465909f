import { crc32, deflateRawSync } from "node:zlib"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"

/** 2026-11-22T10:00:00Z. */
export const NOW = parseInstant("2026-11-22T10:00:00Z") as Instant

export const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, "utf8"))

/** One entry as a liar would write it: whatever is given here is written, true or not. */
export interface HostileEntry {
  readonly name: string
  readonly data?: Uint8Array
  /** Bytes to store as they are, instead of `data` compressed by `method`. */
  readonly raw?: Uint8Array
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly size?: number
  readonly compressedSize?: number
  readonly mode?: number
  readonly descriptor?: "signed" | "bare"
  readonly zip64?: boolean
  readonly extra?: Uint8Array
  /** What only the local header says. */
  readonly local?: { readonly name?: string; readonly method?: number; readonly size?: number; readonly crc?: number }
  /** Where the directory says that it stands. */
  readonly offset?: number
  /** Present in the stream but not in the directory. */
  readonly unlisted?: boolean
}

export interface HostileArchive {
  readonly prefix?: Uint8Array
  readonly suffix?: Uint8Array
  readonly comment?: string
  readonly disk?: number
  readonly count?: number
  /** A ZIP64 end record and its locator; fields given here are lies. */
  readonly zip64End?: {
    readonly count?: number
    readonly size?: number
    readonly offset?: number
    readonly locator?: number
  }
}

/** A ZIP from parts that need not agree. Without lies it is a good archive. */
export function buildZip(entries: readonly HostileEntry[], archive: HostileArchive = {}): Uint8Array {
  const body: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { local, central } = writeEntry(entry, offset)
    body.push(local)
    if (entry.unlisted !== true) directory.push(central)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const count = archive.count ?? directory.length
  return Uint8Array.from(
    Buffer.concat([
      archive.prefix ?? new Uint8Array(),
      ...body,
      central,
      archive.zip64End === undefined ? Buffer.alloc(0) : writeZip64End(count, central.length, offset, archive.zip64End),
      writeEnd(count, central.length, offset, archive),
      archive.suffix ?? new Uint8Array(),
    ]),
  )
}

function writeEntry(entry: HostileEntry, at: number): { readonly local: Buffer; readonly central: Buffer } {
  const data = entry.data ?? Buffer.from("data")
  const method = entry.method ?? 0
  const raw = entry.raw ?? (method === 8 ? deflateRawSync(data) : data)
  const flags = (entry.flags ?? 0) | (entry.descriptor === undefined ? 0 : 8)
  const crc = entry.crc ?? crc32(data)
  const size = entry.size ?? data.length
  const compressedSize = entry.compressedSize ?? raw.length
  const streamed = entry.descriptor !== undefined
  const fields = (name: string, extra: Uint8Array, values: readonly [number, number, number, number]): Buffer =>
    Buffer.concat([
      u16(20, flags, values[0], 0x5000, 0x5d76),
      u32(values[1], values[2], values[3]),
      u16(Buffer.byteLength(name), extra.length),
    ])
  const zip64 = entry.zip64 === true ? Buffer.concat([u16(1, 16), u64(size, compressedSize)]) : Buffer.alloc(0)
  const extra = Buffer.concat([zip64, entry.extra ?? new Uint8Array()])
  const sizes = entry.zip64 === true ? ([0xffffffff, 0xffffffff] as const) : ([compressedSize, size] as const)
  const localName = entry.local?.name ?? entry.name
  const descriptor = Buffer.concat([
    entry.descriptor === "signed" ? u32(0x08074b50) : Buffer.alloc(0),
    streamed ? u32(crc, compressedSize, size) : Buffer.alloc(0),
  ])
  const local = Buffer.concat([
    u32(0x04034b50),
    fields(localName, extra, [
      entry.local?.method ?? method,
      entry.local?.crc ?? (streamed ? 0 : crc),
      streamed ? 0 : sizes[0],
      entry.local?.size ?? (streamed ? 0 : sizes[1]),
    ]),
    Buffer.from(localName),
    extra,
    raw,
    descriptor,
  ])
  const central = Buffer.concat([
    u32(0x02014b50),
    u16((3 << 8) | 20),
    fields(entry.name, extra, [method, crc, ...sizes]),
    u16(0, 0, 0, 0, entry.mode ?? 0o100644),
    u32(entry.offset ?? at),
    Buffer.from(entry.name),
    extra,
  ])
  return { local, central }
}

function writeEnd(count: number, size: number, offset: number, archive: HostileArchive): Buffer {
  const comment = Buffer.from(archive.comment ?? "")
  const disk = archive.disk ?? 0
  return Buffer.concat([
    u32(0x06054b50),
    u16(disk, disk, Math.min(count, 0xffff), Math.min(count, 0xffff)),
    u32(size, offset),
    u16(comment.length),
    comment,
  ])
}

function writeZip64End(
  count: number,
  size: number,
  offset: number,
  lies: NonNullable<HostileArchive["zip64End"]>,
): Buffer {
  const claimed = lies.count ?? count
  return Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u16(45, 45),
    u32(0, 0),
    u64(claimed, claimed, lies.size ?? size, lies.offset ?? offset),
    u32(0x07064b50, 0),
    u64(lies.locator ?? offset + size),
    u32(1),
  ])
}

function u16(...values: readonly number[]): Buffer {
  return Buffer.concat(values.map(value => Buffer.from([value & 0xff, (value >> 8) & 0xff])))
}

function u32(...values: readonly number[]): Buffer {
  return Buffer.concat(
    values.map(value => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(value)
      return bytes
    }),
  )
}

function u64(...values: readonly number[]): Buffer {
  return Buffer.concat(
    values.map(value => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(BigInt(value))
      return bytes
    }),
  )
}
