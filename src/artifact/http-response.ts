/** One answer of an HTTP/1 server (RFC 9112), as far as clients of a metadata service look at it. */
export interface HttpResponse {
  readonly version: string
  readonly status: number
  /** Values by lower-case name; repeated fields joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  /** Without chunks; still compressed where it is. */
  readonly body: Uint8Array
  /** How many chunks it came in; absent without chunks. */
  readonly chunks?: number
  /** Bytes that Content-Length promises and that never came; below zero those that came unannounced. */
  readonly shortfall: number
  /** Where the body begins, in bytes. */
  readonly headBytes: number
}

export type HttpReading =
  | { readonly kind: "incomplete" }
  | { readonly kind: "response"; readonly response: HttpResponse }
  | { readonly kind: "malformed"; readonly problem: string }

const END_OF_HEAD = "\r\n\r\n"
const MAXIMUM_HEAD_BYTES = 16 * 1024

/** `over`: the server has closed the connection, which ends a body without length. Never throws, whatever the bytes are. */
export function readHttpResponse(received: Uint8Array, over: boolean): HttpReading {
  const bytes = Buffer.from(received.buffer, received.byteOffset, received.byteLength)
  const head = bytes.subarray(0, MAXIMUM_HEAD_BYTES).toString("latin1")
  if (!"HTTP/1.".startsWith(head.slice(0, 7))) return malformed("it does not begin with HTTP/1")
  const end = head.indexOf(END_OF_HEAD)
  if (end === -1) {
    return over || head.length === MAXIMUM_HEAD_BYTES ? malformed("its head has no end") : { kind: "incomplete" }
  }
  const [statusLine = "", ...fields] = head.slice(0, end).split("\r\n")
  const [, version, status] = /^HTTP\/(1\.\d) (\d{3})(?: |$)/.exec(statusLine) ?? []
  if (version === undefined || status === undefined) return malformed("its status line is none")
  const headers = readFields(fields)
  const headBytes = end + END_OF_HEAD.length
  const rest = bytes.subarray(headBytes)
  const chunked = /(?:^|,)\s*chunked\s*$/i.test(headers.get("transfer-encoding") ?? "")
  const content = chunked ? readChunks(rest) : readPlain(rest, headers.get("content-length"), over)
  if (content === undefined) return over ? malformed("it ends before its body does") : { kind: "incomplete" }
  return { kind: "response", response: { version, status: Number(status), headers, headBytes, ...content } }
}

type Content = Pick<HttpResponse, "body" | "chunks" | "shortfall">

function readFields(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    const value = line.slice(colon + 1).trim()
    fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value)
  }
  return fields
}

/** Undefined while bytes are missing. Of lengths that differ the last one counts. */
function readPlain(rest: Buffer, contentLength: string | undefined, over: boolean): Content | undefined {
  const [, digits] = /(?:^|,\s*)(\d{1,9})$/.exec(contentLength ?? "") ?? []
  const shortfall = digits === undefined ? 0 : Number(digits) - rest.length
  if (!over && (digits === undefined || shortfall > 0)) return undefined
  return { body: rest, shortfall }
}

/** RFC 9112 §7.1; undefined while bytes are missing, or when the chunks are none. */
function readChunks(rest: Buffer): Content | undefined {
  const chunks: Buffer[] = []
  for (let offset = 0; offset < rest.length; ) {
    const lineEnd = rest.indexOf("\r\n", offset)
    const [, hex] =
      /^([\da-fA-F]{1,7})\s*(?:;|$)/.exec(rest.subarray(offset, Math.max(lineEnd, offset)).toString("latin1")) ?? []
    if (lineEnd === -1 || hex === undefined) return undefined
    const length = Number.parseInt(hex, 16)
    if (length === 0) return { body: Buffer.concat(chunks), chunks: chunks.length, shortfall: 0 }
    const start = lineEnd + 2
    if (rest.length < start + length + 2) return undefined
    chunks.push(rest.subarray(start, start + length))
    offset = start + length + 2
  }
  return undefined
}

function malformed(problem: string): HttpReading {
  return { kind: "malformed", problem }
}
