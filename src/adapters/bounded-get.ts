import { printable } from "../artifact/printable.ts"
import { ScbError } from "../domain/errors.ts"
import { type Fetch, readBounded } from "./secure-fetch.ts"

export interface GetOptions {
  /** Throws `too-large` before more are kept. */
  readonly maximumBytes: number
  readonly headers?: Readonly<Record<string, string>>
  /** Keeps the answer, and asks next time only whether it is still so (RFC 9110 §13.1.2). */
  readonly revalidate?: boolean
  /** Of the file, this part; a server that does not know parts sends all, which is bounded too. */
  readonly part?: { readonly offset: number; readonly size: number }
}

/**
 * One file, or undefined when it is not there (404, 410). Comes back once when told when (429, 503), and once when there
 * was no answer although there was time. Throws `forge-limited`, `forge-refused`, `forge-unreachable`, `too-large`.
 */
export type BoundedGet = (url: string, options: GetOptions) => Promise<Uint8Array | undefined>

export interface BoundedGetOptions {
  readonly fetch: Fetch
  readonly sleep: (millis: number) => Promise<void>
  /** Of one request with its answer, however slowly that drips. */
  readonly timeoutMillis?: number
}

/** Longer than this nobody waits. */
const RETRY_AFTER_MAXIMUM = 60
/** Milliseconds between an answer that did not come and the second try. */
const BREAK = 1000
/** A server that sends a whole shard where a part was asked for. */
const WHOLE_MAXIMUM = 64 << 20

export function boundedGet({ fetch, sleep, timeoutMillis = 60_000 }: BoundedGetOptions): BoundedGet {
  const kept = new Map<string, { readonly etag: string; readonly bytes: Uint8Array }>()

  async function ask(url: string, { headers, part }: GetOptions, signal: AbortSignal): Promise<Response> {
    const etag = kept.get(url)?.etag
    return fetch(url, {
      headers: {
        ...headers,
        ...(etag !== undefined && { "if-none-match": etag }),
        ...(part !== undefined && { range: `bytes=${part.offset}-${part.offset + part.size - 1}` }),
      },
      signal,
    })
  }

  async function attempt(url: string, options: GetOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    let response = await ask(url, options, signal)
    const seconds = retryAfter(response)
    if (seconds !== undefined && seconds <= RETRY_AFTER_MAXIMUM) {
      await response.body?.cancel()
      await sleep(seconds * 1000)
      response = await ask(url, options, AbortSignal.timeout(timeoutMillis))
    }
    const known = kept.get(url)
    if (response.status === 304 && known !== undefined) return known.bytes
    if (!response.ok) {
      await response.body?.cancel()
      if (response.status === 404 || response.status === 410) return undefined
      throw refusal(url, response)
    }
    const bytes = await readPart(response, options)
    const etag = response.headers.get("etag")
    if (options.revalidate === true && etag !== null) kept.set(url, { etag, bytes })
    return bytes
  }

  return async (url, options) => {
    const signal = AbortSignal.timeout(timeoutMillis)
    try {
      return await attempt(url, options, signal)
    } catch (error) {
      // a connection that was kept open may be closed just when it is used again
      if (!(error instanceof ScbError) || error.code !== "forge-unreachable" || signal.aborted) throw error
      await sleep(BREAK)
      return attempt(url, options, AbortSignal.timeout(timeoutMillis))
    }
  }
}

async function readPart(response: Response, { part, maximumBytes }: GetOptions): Promise<Uint8Array> {
  if (part === undefined || response.status === 206) return readBounded(response, maximumBytes)
  const whole = await readBounded(response, WHOLE_MAXIMUM)
  return whole.subarray(part.offset, part.offset + part.size)
}

/** In seconds (RFC 9110 §10.2.3); undefined for a date, which would need the server's clock. */
function retryAfter({ status, headers }: Response): number | undefined {
  const seconds = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0]
  return [403, 429, 503].includes(status) && seconds !== undefined ? Number(seconds) : undefined
}

function refusal(url: string, response: Response): ScbError {
  const { host, pathname } = new URL(url)
  const answer = `${host} answers ${response.status} to GET ${printable(pathname)}`
  const seconds = retryAfter(response)
  if (response.status === 429 || seconds !== undefined) {
    return new ScbError("forge-limited", `${answer}: too many requests`, {
      hint: seconds === undefined ? "try again later" : `try again in ${seconds} seconds`,
    })
  }
  if (response.status >= 500) return new ScbError("forge-unreachable", answer, { hint: "try again later" })
  return new ScbError("forge-refused", answer, {
    ...([401, 403].includes(response.status) && { hint: "it wants to know who asks: is the token right?" }),
  })
}
