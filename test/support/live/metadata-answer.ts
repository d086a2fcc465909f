import type { Answering, Wire } from "./metadata-server.ts"
import type { Contact } from "./setting.ts"

/** The parts of an answer that can go wrong. */
export interface AnswerParts {
  readonly status: string
  /** Name and value; Content-Length is added where none is here. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array
}

/** The contract of every driver (docs/gateway.md): 200, JSON, its length, in one write. */
export function goodAnswer(contact: Contact): Answering {
  return ({ target }) =>
    /^\/metadata(?:\?|$)/.test(target) ? oneWrite(goodParts(contact)) : oneWrite(errorParts("404 Not Found"))
}

export function goodParts(contact: Contact): AnswerParts {
  return { status: "200 OK", headers: [["Content-Type", "application/json"]], body: JSON.stringify(document(contact)) }
}

export function errorParts(status: string): AnswerParts {
  const code = Number(status.slice(0, 3))
  return {
    status,
    headers: [["Content-Type", "application/json"]],
    body: JSON.stringify({ code, message: status.slice(4) }),
  }
}

export interface Document {
  readonly contact_info: Readonly<Record<string, unknown>>
  readonly [name: string]: unknown
}

export function document({ hostIds, proxy, datacenter }: Contact): Document {
  return {
    version: 1,
    region: datacenter,
    contact_info: { type: "sni_proxy", local_dc: datacenter, contact_points: hostIds, sni_proxy_address: proxy },
  }
}

/** Head and body. */
export function encodeParts({ status, headers, body }: AnswerParts): readonly [string, Buffer] {
  const bytes = Buffer.from(body)
  const length: readonly (readonly [string, string])[] = headers.some(([name]) =>
    /^(?:content-length|transfer-)/i.test(name),
  )
    ? []
    : [["Content-Length", String(bytes.length)]]
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`)
  return [`HTTP/1.1 ${status}\r\n${lines.join("")}Connection: close\r\n\r\n`, bytes]
}

export function oneWrite(parts: AnswerParts): Wire {
  const [head, body] = encodeParts(parts)
  return { pieces: [Buffer.concat([Buffer.from(head), body])] }
}
