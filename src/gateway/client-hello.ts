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
  let handshake: Uint8Array = new Uint8Array()
  for (let record = 0; record < MAXIMUM_HELLO_RECORDS; record += 1) {
    const fragment = nextFragment(records, record === 0 ? "not-tls" : "malformed-hello")
    if (fragment === undefined) return undefined
    handshake = handshake.length === 0 ? fragment : Buffer.concat([handshake, fragment])
    if (handshake.length > 0 && handshake[0] !== CLIENT_HELLO) throw new Refused("malformed-hello")
    if (handshake.length < HANDSHAKE_HEADER_BYTES) continue
    const header = new Cursor(handshake)
    header.skip(1)
    const end = HANDSHAKE_HEADER_BYTES + header.uint(3)
    if (end > MAXIMUM_HELLO_BYTES) throw new Refused("hello-too-large")
    if (handshake.length >= end) return handshake.subarray(HANDSHAKE_HEADER_BYTES, end)
  }
  throw new Refused("hello-too-large")
}

/** What has arrived of the next handshake record's payload; undefined before its header is complete. */
function nextFragment(records: Cursor, problem: HelloProblem): Uint8Array | undefined {
  const [type = HANDSHAKE, major = 3] = [records.peek(0), records.peek(1)]
  if (type !== HANDSHAKE || major !== 3) throw new Refused(problem)
  if (records.left < RECORD_HEADER_BYTES) return undefined
  records.skip(3)
  const length = records.uint(2)
  if (length === 0 || length > MAXIMUM_FRAGMENT_BYTES) throw new Refused("malformed-hello")
  return records.take(Math.min(length, records.left))
}

/** RFC 8446 §4.1.2: version, random, session id, cipher suites, compression methods, extensions. */
function serverNameOf(body: Uint8Array): string | undefined {
  const hello = new Cursor(body)
  hello.skip(2 + 32)
  hello.skip(hello.uint(1))
  hello.skip(hello.uint(2))
  hello.skip(hello.uint(1))
  if (hello.left === 0) return undefined
  const extensions = new Cursor(hello.take(hello.uint(2)))
  hello.finish()
  const seen = new Set<number>()
  let serverName: string | undefined
  while (extensions.left > 0) {
    const type = extensions.uint(2)
    const length = extensions.uint(2)
    if (seen.has(type)) throw new Refused("malformed-hello") // RFC 8446 §4.2
    seen.add(type)
    if (type === SERVER_NAME) serverName = readServerNameList(extensions.take(length))
    else extensions.skip(length)
  }
  return serverName
}

/** Exactly one entry: no other name type was ever defined, and RFC 6066 §3 allows one name of each. */
function readServerNameList(content: Uint8Array): string {
  const names = new Cursor(content)
  if (names.uint(2) !== names.left) throw new Refused("malformed-hello")
  const type = names.uint(1)
  const name = Buffer.from(names.take(names.uint(2)))
    .toString("latin1")
    .toLowerCase()
  names.finish()
  if (type !== HOST_NAME || !NAME.test(name)) throw new Refused("malformed-hello")
  return name
}

/** Reads forward; a length that points outside is a malformed hello. */
class Cursor {
  readonly #bytes: Uint8Array
  #position = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#position
  }

  /** Undefined behind the end. */
  peek(offset: number): number | undefined {
    return this.#bytes[this.#position + offset]
  }

  skip(length: number): void {
    if (length > this.left) throw new Refused("malformed-hello")
    this.#position += length
  }

  take(length: number): Uint8Array {
    this.skip(length)
    return this.#bytes.subarray(this.#position - length, this.#position)
  }

  /** Big-endian. */
  uint(bytes: number): number {
    this.skip(bytes)
    let value = 0
    for (let index = this.#position - bytes; index < this.#position; index += 1) {
      value = value * 256 + (this.#bytes[index] ?? 0)
    }
    return value
  }

  finish(): void {
    if (this.left > 0) throw new Refused("malformed-hello")
  }
}
