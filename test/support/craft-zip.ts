import { crc32, deflateRawSync } from "node:zlib"

/** An entry as its headers shall claim it to be; whatever is not said is right. */
export interface CraftedEntry {
  readonly name: string
  readonly data: Uint8Array
  /** Compression method; 8 deflates, any other number is only claimed. */
  readonly method?: number
  /** General purpose flags, beside bit 3. */
  readonly flags?: number
  /** Bit 3: sizes and CRC follow the data, the local header has none. */
  readonly descriptor?: boolean
  /** The CRC that both headers claim. */
  readonly crc?: number
  /** Name in the local header, where it differs. */
  readonly localName?: string
  /** Unix mode, file type bits included. */
  readonly mode?: number
  /** A ZIP64 extra field that repeats the sizes. */
  readonly zip64?: boolean
}

/** A ZIP byte by byte (APPNOTE 4.3), able to be wrong on purpose. */
export function craftZip(
  entries: readonly CraftedEntry[],
  around: { readonly prefix?: Uint8Array; readonly suffix?: Uint8Array; readonly comment?: string } = {},
): Uint8Array {
  const parts: Uint8Array[] = [around.prefix ?? Buffer.alloc(0)]
  const directory: Uint8Array[] = []
  let offset = parts[0]?.length ?? 0
  for (const entry of entries) {
    const { local, central } = craftEntry(entry, offset)
    parts.push(local)
    directory.push(central)
    offset += local.length
  }
  const listing = Buffer.concat(directory)
  const comment = Buffer.from(around.comment ?? "")
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Uint8Array.from(Buffer.concat([...parts, listing, end, comment, around.suffix ?? Buffer.alloc(0)]))
}

function craftEntry(entry: CraftedEntry, offset: number): { readonly local: Uint8Array; readonly central: Uint8Array } {
  const method = entry.method ?? 0
  const packed = method === 8 ? deflateRawSync(entry.data) : Buffer.from(entry.data)
  const name = Buffer.from(entry.name)
  const localName = Buffer.from(entry.localName ?? entry.name)
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(entry.crc ?? crc32(entry.data), 0)
  sizes.writeUInt32LE(packed.length, 4)
  sizes.writeUInt32LE(entry.data.length, 8)
  const extra = entry.zip64 === true ? zip64Field(packed.length, entry.data.length) : Buffer.alloc(0)
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(entry.zip64 === true ? 45 : 20, 0)
  fields.writeUInt16LE((entry.flags ?? 0) | (entry.descriptor === true ? 8 : 0), 2)
  fields.writeUInt16LE(method, 4)
  fields.writeUInt16LE((46 << 9) | (1 << 5) | 1, 8)
  sizes.copy(fields, 10)
  fields.writeUInt16LE(name.length, 22)
  fields.writeUInt16LE(extra.length, 24)

  const localFields = Buffer.from(fields)
  if (entry.descriptor === true) localFields.fill(0, 10, 22)
  localFields.writeUInt16LE(localName.length, 22)
  const descriptor = entry.descriptor === true ? Buffer.concat([Buffer.from("PK\x07\x08"), sizes]) : Buffer.alloc(0)
  const tail = Buffer.alloc(14)
  tail.writeUInt32LE(((entry.mode ?? 0o100600) << 16) >>> 0, 6)
  tail.writeUInt32LE(offset, 10)
  return {
    local: Buffer.concat([Buffer.from("PK\x03\x04"), localFields, localName, extra, packed, descriptor]),
    central: Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.of(45, 3), fields, tail, name, extra]),
  }
}

function zip64Field(packed: number, size: number): Buffer {
  const field = Buffer.alloc(20)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(16, 2)
  field.writeBigUInt64LE(BigInt(size), 4)
  field.writeBigUInt64LE(BigInt(packed), 12)
  return field
}
