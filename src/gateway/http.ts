/** Longest request head that is read; drivers send below 300 bytes. */
export const MAXIMUM_REQUEST_BYTES = 4096
/** The C++ driver reads head and body of a response from one read of this size. */
export const MAXIMUM_RESPONSE_BYTES = 8191

export interface Request {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Whether the client expects to send another request on this connection. */
  readonly keepAlive: boolean
}

export interface Response {
  readonly status: keyof typeof REASONS
  /** JSON text. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Reading =
  | { readonly kind: "incomplete" }
  | { readonly kind: "request"; readonly request: Request; readonly length: number }
  /** The connection must end: where the next request begins is unknown. */
  | { readonly kind: "refused"; readonly response: Response }

const REASONS = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  505: "HTTP Version Not Supported",
} as const

const END_OF_HEAD = "\r\n\r\n"
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/(\d)\.(\d)$/
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/

/** An error as every client can show it: the C++ driver prints `message`. */
export function failure(status: Response["status"], message: string, headers: Response["headers"] = {}): Response {
  return { status, body: JSON.stringify({ code: status, message }), headers }
}

/** The first request in `received` (RFC 9112 §2 to §6, requests without content only). */
export function readRequest(received: Uint8Array): Reading {
  const text = Buffer.from(received).subarray(0, MAXIMUM_REQUEST_BYTES).toString("latin1")
  const end = text.indexOf(END_OF_HEAD)
  if (end === -1) {
    return text.length < MAXIMUM_REQUEST_BYTES ? { kind: "incomplete" } : refused(431, "request head is too large")
  }
  const [line = "", ...fieldLines] = text.slice(0, end).split("\r\n")
  const [, method = "", target = "", major, minor] = REQUEST_LINE.exec(line) ?? []
  if (major === undefined) return refused(400, "malformed request line")
  if (major !== "1") return refused(505, "expected HTTP/1.0 or HTTP/1.1")
  const fields = readFields(fieldLines)
  if (fields === undefined) return refused(400, "malformed header")
  if (fields.has("transfer-encoding") || (fields.get("content-length") ?? "0") !== "0") {
    return refused(413, "expected a request without content")
  }
  if (minor !== "0" && !fields.has("host")) return refused(400, "expected a Host header")
  const closes = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(fields.get("connection") ?? "")
  const request = { method, path: pathOf(target), keepAlive: minor !== "0" && !closes }
  return { kind: "request", request, length: end + END_OF_HEAD.length }
}

/** Undefined when a line is malformed, or a header repeats that must not. */
function readFields(lines: readonly string[]): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ""] = FIELD_LINE.exec(line) ?? []
    if (name === undefined) return undefined
    const key = name.toLowerCase()
    const before = fields.get(key)
    if (before !== undefined && (key === "host" || key === "content-length")) return undefined
    fields.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  return fields
}

/** The C++ driver asks for `/metadata?version=1`; a proxy may send the absolute form (RFC 9112 §3.2.2). */
function pathOf(target: string): string {
  const [path = ""] = target.replace(/^https?:\/\/[^/?#]*/i, "").split(/[?#]/)
  return path
}

function refused(status: Response["status"], message: string): Reading {
  return { kind: "refused", response: failure(status, message) }
}

/** Head and content as one piece of bytes, to leave in one write. No `Date`: this room has no clock (RFC 9110 §6.6.1). */
export function formatResponse(response: Response, keepAlive: boolean, headersOnly = false): Uint8Array {
  const head = [
    `HTTP/1.1 ${response.status} ${REASONS[response.status]}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(response.body)}`,
    `Connection: ${keepAlive ? "keep-alive" : "close"}`,
    "Cache-Control: no-store",
    ...Object.entries(response.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ].join("\r\n")
  return Buffer.from(`${head}${END_OF_HEAD}${headersOnly ? "" : response.body}`, "utf8")
}
