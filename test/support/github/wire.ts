/** Requests and answers as bytes. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Fault } from "./faults.ts"
import type { Urls } from "./model.ts"

export type HostRole = keyof Urls

export interface RequestRecord {
  readonly id: string
  readonly host: HostRole
  readonly method: string
  readonly path: string
  /** Of the description, or a name of the README (`asset-bytes`, …). */
  operation: string
  login: string | null
  status: number | null
}

export interface Ask {
  readonly record: RequestRecord
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly pathname: string
  readonly query: URLSearchParams
  /** Tells of a promise that the client has broken. */
  readonly violate: (what: string) => void
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** As a network does that fails. */
export function cut({ socket }: IncomingMessage): void {
  socket.destroy()
}

export function send(
  { record, response }: Pick<Ask, "record" | "response">,
  status: number,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  fault?: Fault,
): void {
  record.status = status
  const bytes = Buffer.from(content)
  const hasBody = status !== 204 && status !== 304
  response.writeHead(status, { ...headers, ...(hasBody ? { "content-length": bytes.length } : {}) })
  if (fault?.kind === "truncated") response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy())
  else response.end(hasBody && record.method !== "HEAD" ? bytes : undefined)
}

export function flipped(content: string | Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.from(content), (byte, at) => (at === 0 ? byte ^ 1 : byte))
}
