/** The native protocol's notations (native_protocol_v4.spec §3, §4.2.5, §6), as far as the stub speaks it. */
import { bytes, int, short, string } from "../../src/artifact/cql-frames.ts"

export { bytes, int, short, string }

export type CqlType =
  | "text"
  | "int"
  | "bigint"
  | "double"
  | "boolean"
  | "uuid"
  | "inet"
  | { readonly set: CqlType }
  | { readonly list: CqlType }
  | { readonly map: readonly [CqlType, CqlType] }

export interface Column {
  readonly name: string
  readonly type: CqlType
}

/** Null is a null. Scalars are given as text in CQL's own notation, sets and lists as arrays, maps as arrays of pairs. */
export type CqlValue = string | readonly CqlValue[] | null

export const shortBytes = (bytes: Uint8Array): Buffer => Buffer.concat([short(bytes.length), bytes])
export const stringList = (texts: readonly string[]): Buffer =>
  Buffer.concat([short(texts.length), ...texts.map(string)])
export const stringMultimap = (entries: Readonly<Record<string, readonly string[]>>): Buffer =>
  Buffer.concat([
    short(Object.keys(entries).length),
    ...Object.entries(entries).flatMap(([key, values]) => [string(key), stringList(values)]),
  ])

const SCALAR_IDS = { bigint: 2, boolean: 4, double: 7, int: 9, uuid: 12, text: 13, inet: 16 } as const

export function typeOption(type: CqlType): Buffer {
  if (typeof type === "string") return short(SCALAR_IDS[type])
  if ("list" in type) return Buffer.concat([short(0x20), typeOption(type.list)])
  if ("map" in type) return Buffer.concat([short(0x21), ...type.map.map(typeOption)])
  return Buffer.concat([short(0x22), typeOption(type.set)])
}

export function encodeValue(type: CqlType, value: CqlValue): Buffer | null {
  if (value === null) return null
  if (typeof type !== "string") {
    const members = value as readonly CqlValue[]
    const cells =
      "map" in type
        ? members.flatMap(pair =>
            type.map.map((of, index) => bytes(encodeValue(of, (pair as readonly CqlValue[])[index] ?? null))),
          )
        : members.map(member => bytes(encodeValue("set" in type ? type.set : type.list, member)))
    return Buffer.concat([int(members.length), ...cells])
  }
  return encodeScalar(type, String(value))
}

function encodeScalar(type: keyof typeof SCALAR_IDS, value: string): Buffer {
  switch (type) {
    case "text":
      return Buffer.from(value)
    case "int":
      return int(Number(value))
    case "boolean":
      return Buffer.of(value === "true" ? 1 : 0)
    case "uuid":
      return Buffer.from(value.replaceAll("-", ""), "hex")
    case "inet":
      return Buffer.from(value.split(".").map(Number))
    case "bigint": {
      const eight = Buffer.alloc(8)
      eight.writeBigInt64BE(BigInt(value))
      return eight
    }
    case "double": {
      const eight = Buffer.alloc(8)
      eight.writeDoubleBE(Number(value))
      return eight
    }
  }
}

/** Reads a request's body forward. */
export class Body {
  #rest: Buffer
  constructor(bytes: Buffer) {
    this.#rest = bytes
  }

  take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }
  byte = (): number => this.take(1).readUInt8()
  short = (): number => this.take(2).readUInt16BE()
  int = (): number => this.take(4).readInt32BE()
  string = (): string => this.take(this.short()).toString()
  longString = (): string => this.take(this.int()).toString()
  shortBytes = (): Buffer => this.take(this.short())
  bytes = (): Buffer | null => {
    const length = this.int()
    return length < 0 ? null : this.take(length)
  }
  bytesMap = (): ReadonlyMap<string, Buffer | null> =>
    new Map(Array.from({ length: this.short() }, () => [this.string(), this.bytes()]))
}
