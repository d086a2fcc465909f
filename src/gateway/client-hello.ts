/** Longest ClientHello that is read. Those of drivers stay below 2 KiB; post-quantum key shares add one or two more. */
export const MAXIMUM_HELLO_BYTES = 16_384
/** A client may cut its hello into records as it likes; beyond this it only means to cost time. */
export const MAXIMUM_HELLO_RECORDS = 64

export type HelloProblem = "not-tls" | "malformed-hello" | "hello-too-large"

export type ClientHello =
  | { readonly kind: "incomplete" }
  /** `serverName` is lower case; undefined when the client sent none. */
  | { readonly kind: "hello"; readonly serverName: string | undefined }
  | { readonly kind: "refused"; readonly reason: HelloProblem }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
/** RFC 8446 §5.1. */
const RECORD_HEADER_BYTES = 5
const MAXIMUM_FRAGMENT_BYTES = 16_384
/** RFC 8446 §4. */
const HANDSHAKE_HEADER_BYTES = 4
/** DNS names and host ids: what may be compared, and printed into a log, as it is. */
const NAME = /^[a-z0-9_-](?:[a-z0-9._-]{0,251}[a-z0-9_-])?$/

/**
 * Reads the server name (RFC 6066 §3) out of the first bytes of a connection and leaves the handshake alone: the same
 * bytes go on to the node. Strict, so that gateway and node cannot read two different names from one hello.
 */
export function readClientHello(received: Uint8Array): ClientHello {
  try {
    const body = clientHelloBody(received)
    return body === undefined ? { kind: "incomplete" } : { kind: "hello", serverName: serverNameOf(body) }
  } catch (error) {
    if (error instanceof Refused) return { kind: "refused", reason: error.reason }
    throw error
  }
}

class Refused extends Error {
  readonly reason: HelloProblem
  constructor(reason: HelloProblem) {
    super(reason)
    this.reason = reason
  }
}

/** Undefined while bytes are missing. */
function clientHelloBody(received: Uint8Array): Uint8Array | undefined {
  const records = new Cursor(received)
  let handshake = Buffer.alloc(0)
  for (let record = 0; record < MAXIMUM_HELLO_RECORDS; record += 1) {
    const fragment = nextFragment(records, record === 0 ? "not-tls" : "malformed-hello")
    if (fragment === undefined) return undefined
    handshake = Buffer.concat([handshake, fragment])
    if (handshake.length > 0 && handshake[0] !== CLIENT_HELLO) throw new Refused("malformed-hello")
    if (handshake.length < HANDSHAKE_HEADER_BYTES) continue
    const end = HANDSHAKE_HEADER_BYTES + handshake.readUIntBE(1, 3)
    if (end > MAXIMUM_HELLO_BYTES) throw new Refused("hello-too-large")
    if (handshake.length >= end) return handshake.subarray(HANDSHAKE_HEADER_BYTES, end)
  }
  throw new Refused("hello-too-large")
}

/** What has arrived of the next handshake record's payload; undefined before its header is complete. */
function nextFragment(records: Cursor, problem: HelloProblem): Uint8Array | undefined {
  const [type = HANDSHAKE, major = 3] = records.rest
  if (type !== HANDSHAKE || major !== 3) throw new Refused(problem)
  if (records.rest.length < RECORD_HEADER_BYTES) return undefined
  records.take(3)
  const length = records.uint(2)
  if (length === 0 || length > MAXIMUM_FRAGMENT_BYTES) throw new Refused("malformed-hello")
  return records.take(Math.min(length, records.rest.length))
}

/** RFC 8446 §4.1.2: version, random, session id, cipher suites, compression methods, extensions. */
function serverNameOf(body: Uint8Array): string | undefined {
  const hello = new Cursor(body)
  hello.take(2 + 32)
  hello.vector(1)
  hello.vector(2)
  hello.vector(1)
  if (hello.rest.length === 0) return undefined
  const extensions = new Cursor(hello.vector(2))
  hello.finish()
  const seen = new Set<number>()
  let serverName: string | undefined
  while (extensions.rest.length > 0) {
    const type = extensions.uint(2)
    const content = extensions.vector(2)
    if (seen.has(type)) throw new Refused("malformed-hello") // RFC 8446 §4.2
    seen.add(type)
    if (type === SERVER_NAME) serverName = readServerNameList(content)
  }
  return serverName
}

/** Exactly one entry: no other name type was ever defined, and RFC 6066 §3 allows one name of each. */
function readServerNameList(content: Uint8Array): string {
  const extension = new Cursor(content)
  const names = new Cursor(extension.vector(2))
  extension.finish()
  const type = names.uint(1)
  const name = Buffer.from(names.vector(2)).toString("latin1").toLowerCase()
  names.finish()
  if (type !== HOST_NAME || !NAME.test(name)) throw new Refused("malformed-hello")
  return name
}

/** Reads forward; a length that points outside is a malformed hello. */
class Cursor {
  rest: Uint8Array
  constructor(bytes: Uint8Array) {
    this.rest = bytes
  }

  take(length: number): Uint8Array {
    if (length > this.rest.length) throw new Refused("malformed-hello")
    const taken = this.rest.subarray(0, length)
    this.rest = this.rest.subarray(length)
    return taken
  }

  /** Big-endian. */
  uint(bytes: number): number {
    return this.take(bytes).reduce((value, byte) => value * 256 + byte, 0)
  }

  /** Content behind a length of `lengthBytes`. */
  vector(lengthBytes: number): Uint8Array {
    return this.take(this.uint(lengthBytes))
  }

  finish(): void {
    if (this.rest.length > 0) throw new Refused("malformed-hello")
  }
}
