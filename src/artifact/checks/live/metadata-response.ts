import { gunzipSync } from "node:zlib"
import type { Client } from "../../../domain/clients.ts"
import { type Finding, finding } from "../../../domain/findings.ts"
import { CLIENT_HABITS } from "../../../domain/live/client-habits.ts"
import { HTTP_ANSWER_MAXIMUM, type HttpAnswer } from "../../../domain/live/probes.ts"
import { type HttpResponse, readHttpResponse } from "../../http-response.ts"
import { printable } from "../../printable.ts"
import { attempt } from "../attempt.ts"
import { except, GO, JAVA } from "../readers.ts"

type Answered = Extract<HttpAnswer, { kind: "answered" }>

export interface CheckedResponse {
  readonly findings: readonly Finding[]
  /** Undefined when there is none that a driver could use. */
  readonly body: Uint8Array | undefined
}

/** C++ decrypts into a buffer of this size and takes what lies in it for one piece (socket.cpp SSL_READ_SIZE). */
const CPP_READ_BYTES = 8192

/** L3 for `clients`, who all ask in the way that was answered. */
export function checkMetadataResponse(answer: Answered, clients: readonly Client[]): CheckedResponse {
  const { pieces, ended } = answer
  const reading = readHttpResponse(Buffer.concat(pieces), ended !== "complete")
  if (ended === "timeout" || ended === "too-large") {
    const what = ended === "timeout" ? "does not end its answer in time" : "answers more than 64 KiB"
    return { findings: [l3("endless", `the metadata service ${what}`, clients)], body: undefined }
  }
  if (reading.kind !== "response") {
    const what = reading.kind === "malformed" ? `: ${reading.problem}` : ""
    return {
      findings: [l3("no-http", `the metadata service does not answer in HTTP${what}`, clients)],
      body: undefined,
    }
  }
  const { response } = reading
  const usable = (response.status >= 200 && response.status < 300) || isDocument(response)
  return {
    findings: [...checkStatus(response, clients), ...(usable ? checkForm(response, pieces, clients) : [])],
    body: usable ? plainBody(response) : undefined,
  }
}

/** Whether it would do but for its status, at which some do not look. */
function isDocument(response: HttpResponse): boolean {
  return Buffer.from(plainBody(response) ?? []).includes('"contact_info"')
}

function checkStatus(response: HttpResponse, clients: readonly Client[]): readonly Finding[] {
  const { status } = response
  if (status === 200) return []
  if (status === 400 && /SSL certificate/i.test(Buffer.from(response.body).toString("latin1"))) {
    const message = "the metadata service refuses the client certificate, with HTTP 400"
    return [finding("L1", "metadata", message, { breaks: clients, cause: "client-certificate-refused" })]
  }
  const words = messageOf(response)
  const message = `the metadata service answers HTTP ${status}${words === "" ? "" : ` (${words})`}: expected 200`
  return [
    l3(
      "status",
      message,
      clients.filter(client => !bears(client, response)),
    ),
  ]
}

/** Where a redirect leads is not followed here: those who follow may arrive. */
function bears(client: Client, response: HttpResponse): boolean {
  const { status } = response
  if (status >= 300 && status < 400) return CLIENT_HABITS[client].metadata?.followsRedirects === true
  return accepts(client, status) && (status < 300 || isDocument(response))
}

/** The path of a redirect that stays on the same service. */
export function redirectPath(answer: HttpAnswer | undefined, host: string, port: number): string | undefined {
  const reading = answer?.kind === "answered" ? readHttpResponse(Buffer.concat(answer.pieces), true) : undefined
  if (reading?.kind !== "response" || reading.response.status < 300 || reading.response.status > 399) return undefined
  const base = `https://${host.includes(":") ? `[${host}]` : host}:${port}/metadata`
  const location = reading.response.headers.get("location") ?? ""
  if (!URL.canParse(location, base) || !URL.canParse(base)) return undefined
  const url = new URL(location, base)
  return url.origin === new URL(base).origin ? `${url.pathname}${url.search}` : undefined
}

function accepts(client: Client, status: number): boolean {
  const wanted = CLIENT_HABITS[client].metadata?.status
  return wanted === "any" || (wanted === "2xx" && status >= 200 && status < 300)
}

/** C++ alone asks in HTTP/1.0; its demands are the strictest. */
function checkForm(
  response: HttpResponse,
  pieces: readonly Uint8Array[],
  clients: readonly Client[],
): readonly Finding[] {
  const findings: Finding[] = []
  if (isCompressed(response)) {
    const encoding = printable(response.headers.get("content-encoding") ?? "", 40)
    const breaks = except(clients, ...(/^gzip$/i.test(encoding) ? GO : []))
    findings.push(l3("compressed", `the metadata comes compressed (${encoding}), which was not asked for`, breaks))
  }
  if (response.shortfall !== 0) {
    const what = response.shortfall > 0 ? "promises more than comes" : "announces less than comes"
    const breaks = except(clients, ...JAVA, ...(response.shortfall > 0 ? (["cpp"] as const) : []))
    findings.push(l3("length", `the Content-Length of the metadata ${what}`, breaks))
  }
  if (!clients.includes("cpp")) return findings
  const type = response.headers.get("content-type") ?? ""
  if (!type.includes("json")) {
    const got = type === "" ? "none" : JSON.stringify(printable(type, 60))
    findings.push(l3("content-type", `the metadata has the content type ${got}: expected application/json`, ["cpp"]))
  }
  const count = response.chunks ?? readsOfBody(response, pieces)
  if (count > 1) {
    const total = response.headBytes + response.body.length
    const message = `the body of the metadata comes in ${count} pieces (${total} bytes in all): expected one`
    findings.push(l3("pieces", message, ["cpp"]))
  }
  return findings
}

/** The C++ driver keeps the last of them alone (http_client.cpp). */
function readsOfBody({ headBytes, body }: HttpResponse, pieces: readonly Uint8Array[]): number {
  const ends = readsOf(pieces)
  const first = ends.findIndex(end => end > headBytes)
  const last = ends.findIndex(end => end >= headBytes + body.length)
  return last - first + 1
}

/** Where each read of the C++ driver ends, counted from the start of the answer. */
function readsOf(pieces: readonly Uint8Array[]): readonly number[] {
  const ends: number[] = []
  let offset = 0
  for (const { length } of pieces) {
    for (let read = CPP_READ_BYTES; read < length; read += CPP_READ_BYTES) ends.push(offset + read)
    offset += length
    ends.push(offset)
  }
  return ends
}

function isCompressed({ headers }: HttpResponse): boolean {
  return !/^(?:identity)?$/i.test(headers.get("content-encoding") ?? "")
}

/** What Go makes of a body, and others do not. */
function plainBody(response: HttpResponse): Uint8Array | undefined {
  if (!isCompressed(response)) return response.body
  const plain = attempt(() => gunzipSync(response.body, { maxOutputLength: HTTP_ANSWER_MAXIMUM }))
  return plain.ok ? plain.value : undefined
}

/** The `message` of an error in JSON, as C++ prints it. */
function messageOf({ body }: HttpResponse): string {
  const [, text = ""] = /"message"\s*:\s*"([^"\\]{1,200})"/.exec(Buffer.from(body).toString("latin1")) ?? []
  return printable(text)
}

function l3(cause: string, message: string, breaks: readonly Client[]): Finding {
  return finding("L3", "metadata", message, { breaks, cause: `metadata-${cause}` })
}
