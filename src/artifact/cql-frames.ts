/**
 * The client's side of the CQL native protocol, version 4, as far as a first conversation goes: what may be asked, who
 * may log in, and rows of system tables. Section numbers are those of native_protocol_v4.spec in apache/cassandra.
 */
import { printable } from "./printable.ts"

/** §2.4, those that are sent or understood here. */
export const OPCODE = {
  ERROR: 0x00,
  STARTUP: 0x01,
  READY: 0x02,
  AUTHENTICATE: 0x03,
  OPTIONS: 0x05,
  SUPPORTED: 0x06,
  QUERY: 0x07,
  RESULT: 0x08,
  AUTH_RESPONSE: 0x0f,
  AUTH_SUCCESS: 0x10,
} as const

export type CqlRequest =
  | { readonly kind: "options" }
  /** `options` beside CQL_VERSION, e.g. DRIVER_NAME, which Cassandra shows in system_views.clients. */
  | { readonly kind: "startup"; readonly options?: Readonly<Record<string, string>> }
  /** SASL PLAIN, as PasswordAuthenticator wants it. */
  | { readonly kind: "login"; readonly username: string; readonly password: string }
  | { readonly kind: "query"; readonly cql: string }

/** Text, UUIDs (lower case), addresses and big numbers as text; bytes of types that are not read here as `0x…`. */
export type CqlValue = string | number | boolean | null | readonly CqlValue[]

export type CqlRow = Readonly<Record<string, CqlValue>>

export type CqlResponse =
  | { readonly kind: "supported"; readonly options: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: "ready" }
  /** Class name of the authenticator that wants a login. */
  | { readonly kind: "authenticate"; readonly authenticator: string }
  | { readonly kind: "logged-in" }
  | { readonly kind: "rows"; readonly rows: readonly CqlRow[] }
  /** A result without rows. */
  | { readonly kind: "done" }
  /** §9; `message` is printable. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }

export type CqlReading =
  | { readonly kind: "incomplete" }
  /** `length` bytes belong to it. */
  | { readonly kind: "response"; readonly response: CqlResponse; readonly length: number }
  /** What came is no answer in this protocol; nothing behind it can be read. */
  | { readonly kind: "malformed"; readonly problem: string }

/** §9, those that callers tell apart. */
export const CQL_ERROR = { protocol: 0x000a, badCredentials: 0x0100, unauthorized: 0x2100 } as const

const VERSION = 4
const RESPONSE = 0x80
const HEADER_BYTES = 9
/** The specification allows 256 MiB; system tables of a thousand nodes are below this. */
const MAXIMUM_BODY_BYTES = 1 << 20
/** No response is longer. */
export const MAXIMUM_FRAME_BYTES = HEADER_BYTES + MAXIMUM_BODY_BYTES
const CONSISTENCY_ONE = 1
/** Nobody's columns nest deeper; a hostile type shall not exhaust the stack. */
const MAXIMUM_TYPE_DEPTH = 8

export const short = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff)
export const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
export const string = (text: string): Buffer => Buffer.concat([short(Buffer.byteLength(text)), Buffer.from(text)])
/** `[bytes]`, and with text in them `[long string]`. */
export const bytes = (value: Uint8Array | null): Buffer =>
  value === null ? int(-1) : Buffer.concat([int(value.length), value])

/** One frame on stream 0: requests are sent one after the other. */
export function encodeRequest(request: CqlRequest): Uint8Array {
  const [opcode, body] = encodeBody(request)
  return Buffer.concat([Buffer.of(VERSION, 0, 0, 0, opcode), int(body.length), body])
}

function encodeBody(request: CqlRequest): readonly [opcode: number, body: Uint8Array] {
  switch (request.kind) {
    case "options":
      return [OPCODE.OPTIONS, Buffer.alloc(0)]
    case "startup": {
      const options = Object.entries({ CQL_VERSION: "3.0.0", ...request.options })
      return [OPCODE.STARTUP, Buffer.concat([short(options.length), ...options.flat().map(string)])]
    }
    case "login":
      return [OPCODE.AUTH_RESPONSE, bytes(Buffer.from(`\0${request.username}\0${request.password}`))]
    case "query":
      return [OPCODE.QUERY, Buffer.concat([bytes(Buffer.from(request.cql)), short(CONSISTENCY_ONE), Buffer.of(0)])]
  }
}

/** The first response in `received`. Never throws, and takes no more than 1 MiB for one, whatever the bytes are. */
export function readResponse(received: Uint8Array): CqlReading {
  const frame = Buffer.from(received.buffer, received.byteOffset, received.byteLength)
  const [first] = frame
  if (first === undefined) return { kind: "incomplete" }
  // An error about the version itself comes in one that the server does speak: 3 to 5 share this header (§2).
  const version = first & ~RESPONSE
  if ((first & RESPONSE) === 0 || version < 3 || version > 5) return malformed(`it begins with ${quoted(frame)}`)
  if (frame.length < HEADER_BYTES) return { kind: "incomplete" }
  const length = frame.readUInt32BE(5)
  if (length > MAXIMUM_BODY_BYTES) return malformed(`it claims ${length} bytes, expected at most ${MAXIMUM_BODY_BYTES}`)
  if (frame.length < HEADER_BYTES + length) return { kind: "incomplete" }
  const body = new Body(frame.subarray(HEADER_BYTES, HEADER_BYTES + length))
  try {
    skipExtras(body, frame.readUInt8(1))
    return { kind: "response", response: decodeBody(frame.readUInt8(4), body), length: HEADER_BYTES + length }
  } catch (error) {
    if (error instanceof Malformed) return malformed(error.message)
    throw error
  }
}

/** §2.2: what may stand in front of a response. Compression has not been asked for. */
function skipExtras(body: Body, flags: number): void {
  if ((flags & 0x01) !== 0) throw new Malformed("it is compressed")
  if ((flags & 0x02) !== 0) body.take(16)
  if ((flags & 0x08) !== 0) body.stringList()
  if ((flags & 0x04) !== 0) body.repeat(body.short(), 6, () => [body.string(), body.bytes()])
}

function decodeBody(opcode: number, body: Body): CqlResponse {
  switch (opcode) {
    case OPCODE.ERROR:
      return { kind: "error", code: body.int(), message: printable(body.string(), 500) }
    case OPCODE.READY:
      return { kind: "ready" }
    case OPCODE.AUTHENTICATE:
      return { kind: "authenticate", authenticator: printable(body.string()) }
    case OPCODE.AUTH_SUCCESS:
      return { kind: "logged-in" }
    case OPCODE.SUPPORTED:
      return {
        kind: "supported",
        options: Object.fromEntries(body.repeat(body.short(), 4, () => [body.string(), body.stringList()])),
      }
    case OPCODE.RESULT:
      return body.int() === 2 ? { kind: "rows", rows: decodeRows(body) } : { kind: "done" }
    default:
      throw new Malformed(`its opcode is 0x${opcode.toString(16).padStart(2, "0")}`)
  }
}

interface Column {
  readonly name: string
  readonly type: CqlType
}

/** §4.2.5.2 */
function decodeRows(body: Body): readonly CqlRow[] {
  const flags = body.int()
  const count = body.int()
  if ((flags & 0x02) !== 0) body.bytes() // paging state
  if ((flags & 0x04) !== 0) throw new Malformed("its rows come without their columns")
  const shared = (flags & 0x01) !== 0
  if (shared) skipTable(body)
  const columns = body.repeat(count, 4, (): Column => {
    if (!shared) skipTable(body)
    return { name: body.string(), type: readType(body) }
  })
  if (columns.length === 0) throw new Malformed("its rows have no columns")
  return body.repeat(body.int(), 4 * columns.length, () =>
    Object.fromEntries(columns.map(({ name, type }) => [name, decodeValue(type, body.bytes())])),
  )
}

function skipTable(body: Body): void {
  body.string()
  body.string()
}

/** §4.2.5.2; what stands for every type that is not told apart is `other`. */
type CqlType =
  | "text"
  | "int"
  | "bigint"
  | "boolean"
  | "uuid"
  | "inet"
  | "other"
  | { readonly kind: "collection"; readonly of: readonly CqlType[] }

const SCALARS: Readonly<Record<number, CqlType>> = {
  1: "text",
  2: "bigint",
  4: "boolean",
  9: "int",
  10: "text",
  12: "uuid",
  13: "text",
  15: "uuid",
  16: "inet",
}

function readType(body: Body, depth = 0): CqlType {
  if (depth > MAXIMUM_TYPE_DEPTH) throw new Malformed("its types nest too deep")
  const id = body.short()
  const inner = (): CqlType => readType(body, depth + 1)
  switch (id) {
    case 0x00: // custom: a class name
      body.string()
      return "other"
    case 0x20: // list
    case 0x22: // set
      return { kind: "collection", of: [inner()] }
    case 0x21: // map
      return { kind: "collection", of: [inner(), inner()] }
    case 0x30: // user-defined
      skipTable(body)
      body.repeat(body.short(), 4, () => [body.string(), inner()])
      return "other"
    case 0x31: // tuple
      body.repeat(body.short(), 2, inner)
      return "other"
    default:
      return SCALARS[id] ?? "other"
  }
}

/** §6. A value that does not have the form of its type is malformed. */
function decodeValue(type: CqlType, value: Buffer | null): CqlValue {
  if (value === null) return null
  if (typeof type === "object") {
    const members = new Body(value)
    return members.repeat(members.int() * type.of.length, 4, index =>
      decodeValue(type.of[index % type.of.length] ?? "other", members.bytes()),
    )
  }
  switch (type) {
    case "text":
      return value.toString("utf8")
    case "int":
      return sized(value, 4).readInt32BE()
    case "bigint":
      return String(sized(value, 8).readBigInt64BE())
    case "boolean":
      return sized(value, 1).readUInt8() !== 0
    case "uuid":
      return sized(value, 16)
        .toString("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
    case "inet":
      return value.length === 4 ? value.join(".") : ipv6Text(sized(value, 16))
    case "other":
      return `0x${value.toString("hex")}`
  }
}

/** URLs hold addresses in their shortest form (RFC 5952 §4). */
function ipv6Text(address: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(2 * index).toString(16))
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1)
}

function sized(value: Buffer, length: number): Buffer {
  if (value.length !== length) throw new Malformed(`a value has ${value.length} bytes, expected ${length}`)
  return value
}

/** Reads the notations of §3 forward, and never past the end. */
class Body {
  #rest: Buffer
  constructor(bytes: Buffer) {
    this.#rest = bytes
  }

  take(length: number): Buffer {
    if (length < 0 || length > this.#rest.length) throw new Malformed("it ends too early")
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }
  short(): number {
    return this.take(2).readUInt16BE()
  }
  int(): number {
    return this.take(4).readInt32BE()
  }
  string(): string {
    return this.take(this.short()).toString("utf8")
  }
  stringList(): readonly string[] {
    return this.repeat(this.short(), 2, () => this.string())
  }
  bytes(): Buffer | null {
    const length = this.int()
    return length < 0 ? null : this.take(length)
  }
  /** A count that could not fit into the bytes that are left is refused before anything is made for it. */
  repeat<T>(count: number, leastBytesEach: number, read: (index: number) => T): readonly T[] {
    if (count < 0 || count * leastBytesEach > this.#rest.length) throw new Malformed(`it claims ${count} members`)
    return Array.from({ length: count }, (_, index) => read(index))
  }
}

/** What is wrong with a frame, in words that follow "the answer is no CQL:". */
class Malformed extends Error {}

function malformed(problem: string): CqlReading {
  return { kind: "malformed", problem }
}

/** The start of what came instead of a frame: a line of HTTP tells more than its first byte. */
function quoted(frame: Buffer): string {
  return JSON.stringify(printable(frame.subarray(0, 16).toString("latin1")))
}
