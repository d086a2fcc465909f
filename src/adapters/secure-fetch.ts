import type { LookupFunction } from "node:net"
import { rootCertificates } from "node:tls"
import { printable } from "../artifact/printable.ts"
import { ScbError } from "../domain/errors.ts"
import { lazily } from "./lazily.ts"

export type Fetch = typeof globalThis.fetch

export interface SecureFetchOptions {
  /** Who may be spoken to, redirects included: as in a URL, with the port unless it is 443. */
  readonly hosts: readonly string[]
  /** PEM of authorities trusted beside those that Node brings. */
  readonly ca?: string
  readonly proxy?: ProxySettings
  readonly lookup?: LookupFunction
  /** Default 10 s. */
  readonly connectTimeoutMillis?: number
  /** From the request to the last byte of the answer, redirects included. Default 5 min. */
  readonly totalTimeoutMillis?: number
}

/** As in HTTPS_PROXY, HTTP_PROXY and NO_PROXY; empty for none. */
export interface ProxySettings {
  readonly https: string
  readonly http: string
  readonly exceptions: string
}

export function proxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const setting = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? ""
  return { https: setting("https_proxy"), http: setting("http_proxy"), exceptions: setting("no_proxy") }
}

const REDIRECTS = [301, 302, 303, 307, 308]
const REDIRECTS_MAXIMUM = 5
const NO_PROXY: ProxySettings = { https: "", http: "", exceptions: "" }

/**
 * As `fetch`, but: https only (http only for loopback hosts that are listed); hosts from the list only, also after a
 * redirect; TLS 1.3; bounded in time. Redirects of what writes are refused, others are followed, and credentials stay
 * with the origin that they are for. Throws `forge-refused` for what it must not do and `forge-unreachable` without an answer.
 */
export function secureFetch(options: SecureFetchOptions): Fetch {
  const { hosts, totalTimeoutMillis = 300_000 } = options
  const send = lazily(() => openUndici(options, totalTimeoutMillis))

  async function once(url: URL, init: RequestInit): Promise<Response> {
    checkAddress(url, hosts)
    try {
      return await (await send())(url, init)
    } catch (error) {
      throw unanswered(error, url.host)
    }
  }

  return async (input, init = {}) => {
    const deadline = AbortSignal.timeout(totalTimeoutMillis)
    const signal = init.signal == null ? deadline : AbortSignal.any([init.signal, deadline])
    let url = new URL(input instanceof Request ? input.url : input)
    let headers = new Headers(init.headers)
    for (let hops = 0; hops <= REDIRECTS_MAXIMUM; hops++) {
      const response = await once(url, { ...init, headers, signal })
      const next = redirectOf(response, url)
      if (next === undefined) return response
      await response.body?.cancel()
      if (!["GET", "HEAD"].includes(init.method ?? "GET")) throw movedAway(url, next)
      if (next.origin !== url.origin) headers = withoutCredentials(headers)
      url = next
    }
    throw new ScbError("forge-refused", `${url.host} redirects more than ${REDIRECTS_MAXIMUM} times`)
  }
}

/** undici takes as long to load as a small plan to make: not before something is sent. */
async function openUndici(
  { ca, proxy = NO_PROXY, lookup, connectTimeoutMillis = 10_000 }: SecureFetchOptions,
  totalTimeoutMillis: number,
): Promise<(url: URL, init: RequestInit) => Promise<Response>> {
  const undici = await import("undici")
  const authorities = ca === undefined ? {} : { ca: [...rootCertificates, ca] }
  const tls = {
    minVersion: "TLSv1.3" as const,
    timeout: connectTimeoutMillis,
    ...authorities,
    ...(lookup && { lookup }),
  }
  const dispatcher = new undici.EnvHttpProxyAgent({
    connect: tls,
    requestTls: tls,
    proxyTls: { timeout: connectTimeoutMillis, ...authorities },
    httpsProxy: proxy.https,
    httpProxy: proxy.http,
    noProxy: proxy.exceptions,
    headersTimeout: totalTimeoutMillis,
    bodyTimeout: totalTimeoutMillis,
  })
  // the types of undici and those of Node's own copy of it differ in name only
  return async (url, init) =>
    (await undici.fetch(url, { ...init, redirect: "manual", dispatcher } as never)) as unknown as Response
}

/** The body, decoded. Throws `too-large` before more than `maximumBytes` are kept, `forge-unreachable` when it ends too early. */
export async function readBounded(response: Response, maximumBytes: number): Promise<Uint8Array> {
  const host = response.url === "" ? "the answer" : new URL(response.url).host
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > maximumBytes) throw tooLarge(host, maximumBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof ScbError ? error : unanswered(error, host)
  }
  return Buffer.concat(chunks)
}

function tooLarge(host: string, maximumBytes: number): ScbError {
  return new ScbError(
    "too-large",
    `${host} answers more than ${maximumBytes} bytes, which is the most that is read here`,
  )
}

function checkAddress({ protocol, host, hostname, username, password }: URL, hosts: readonly string[]): void {
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback)) {
    throw new ScbError("forge-refused", `${host} is to be asked by ${protocol.slice(0, -1)}, expected https`)
  }
  if (username !== "" || password !== "") {
    throw new ScbError("forge-refused", `the address of ${host} holds a name or a password`, {
      hint: "give a token by the environment, never in an address",
    })
  }
  if (hosts.includes(host)) return
  throw new ScbError(
    "forge-refused",
    `${printable(host)} is none of the hosts that may be spoken to: ${hosts.join(", ")}`,
  )
}

function redirectOf(response: Response, from: URL): URL | undefined {
  const location = response.headers.get("location")
  if (!REDIRECTS.includes(response.status) || location === null) return undefined
  try {
    return new URL(location, from)
  } catch {
    throw new ScbError("forge-refused", `${from.host} redirects to something that is no address`)
  }
}

function movedAway(from: URL, to: URL): ScbError {
  return new ScbError(
    "forge-refused",
    `${from.host} says that ${printable(from.pathname)} has moved to ${printable(to.host)}`,
    {
      hint: "name the repository as it is called now: what writes is not sent on",
    },
  )
}

/** RFC 9110 §15.4: whoever follows a redirect to elsewhere leaves out what authenticates. */
function withoutCredentials(headers: Headers): Headers {
  const rest = new Headers(headers)
  for (const name of ["authorization", "cookie", "proxy-authorization"]) rest.delete(name)
  return rest
}

interface Reason {
  readonly codes: RegExp
  readonly says: string
  readonly hint?: string
}

/** By `code` and message of the errors of Node, OpenSSL and undici; the first that fits. */
const REASONS: readonly Reason[] = [
  {
    codes: /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION_NUMBER/,
    says: "does not speak TLS 1.3",
    hint: "a proxy between may break TLS open with an old version",
  },
  {
    codes: /UNABLE_TO|SELF_SIGNED|CERT_UNTRUSTED|UNKNOWN_CA/,
    says: "shows a certificate of an authority that is unknown here",
    hint: "if it is your company's, name its PEM file in SCB_CA_FILE or NODE_EXTRA_CA_CERTS",
  },
  { codes: /ALTNAME_INVALID/, says: "shows a certificate that is for another name" },
  { codes: /CERT_/, says: "shows a certificate that is not valid" },
  {
    codes: /Proxy|UND_ERR_PRX/,
    says: "cannot be reached through the proxy",
    hint: "see HTTPS_PROXY and NO_PROXY",
  },
  { codes: /ENOTFOUND|EAI_AGAIN/, says: "has no address here", hint: "see the name, the network and HTTPS_PROXY" },
  { codes: /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/, says: "takes no connection" },
  { codes: /TIMEOUT|TimeoutError|ETIMEDOUT/i, says: "does not answer in time" },
]

/** `forge-unreachable`, or the error itself when the caller has taken the request back. */
export function unanswered(error: unknown, host: string): unknown {
  if (error instanceof Error && error.name === "AbortError") return error
  const text = causes(error).join(" ")
  const { says, hint } = REASONS.find(({ codes }) => codes.test(text)) ?? {
    says: "ends the connection before its answer",
  }
  return new ScbError("forge-unreachable", `${printable(host)} ${says}`, hint === undefined ? {} : { hint })
}

function causes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return []
  const code = "code" in error ? String(error.code) : ""
  const below = error instanceof AggregateError ? error.errors.flatMap(causes) : causes(error.cause)
  return [error.name, code, error.message, ...below]
}
