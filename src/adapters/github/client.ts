import { Octokit } from "@octokit/rest"
import { ScbError } from "../../domain/errors.ts"
import { githubAddresses } from "../../domain/forge/addresses.ts"
import { operationOf } from "../../domain/forge/limits.ts"
import type { CircuitBreaker } from "../circuit-breaker.ts"
import { type Fetch, readBounded } from "../secure-fetch.ts"
import type { Clock, Pace } from "./pace.ts"
import { errorOf, GithubLimit, isRefusal, isUnreachable } from "./refusals.ts"

export interface GithubClientOptions {
  /** As GITHUB_SERVER_URL; default https://github.com. */
  readonly server?: string
  /** Absent: what anyone may read. */
  readonly token?: string
  /** See `secureFetch`, which holds hosts, TLS and time. */
  readonly fetch: Fetch
  readonly clock: Clock
  readonly pace: Pace
  readonly breaker: CircuitBreaker
  readonly userAgent: string
  /** For a request whose caller gives no signal of its own. Default 30 s. */
  readonly timeoutMillis?: number
  /** How long one request may wait in all for limits to pass. Default 10 min. */
  readonly patienceMillis?: number
  /** Requests of the hour that are left to others: with fewer remaining, nothing that writes is begun. Default 0. */
  readonly reserve?: number
}

/** What is left of this hour. */
export interface GithubBudget {
  readonly remaining: number
  /** Milliseconds. */
  readonly resetAt: number
}

/**
 * GitHub's REST API. What its requests throw:
 * `GithubRefusal` (`forge-refused`): GitHub has done nothing, and will not.
 * `GithubLimit` (`forge-limited`): GitHub has done nothing; the error says when to come back.
 * `forge-unreachable`: after a request that reads, trying again did not help. After one that writes it is not known
 * whether it was done: look, then decide. No POST and no PATCH is repeated here.
 */
export interface GithubClient extends Pick<Octokit, "rest" | "request" | "paginate"> {
  /** As GitHub's last answer told. Undefined before it, and where requests are not counted (GitHub Enterprise Server). */
  budget(): GithubBudget | undefined
}

/** docs.github.com/rest/about-the-rest-api/api-versions; octokit names none by itself. */
const API_VERSION = "2022-11-28"
const REPEATABLE = ["GET", "HEAD", "PUT", "DELETE"]
const TRIES = 5
const ANSWER_MAXIMUM = 32 * 1024 * 1024
const CACHED_ANSWERS = 1_000

export function githubClient(options: GithubClientOptions): GithubClient {
  let budget: GithubBudget | undefined
  const fetch = githubFetch(options, {
    left: () => budget,
    note: headers => {
      budget = budgetIn(headers) ?? budget
    },
  })
  const { rest, request, paginate, hook } = new Octokit({
    baseUrl: githubAddresses(options.server).api,
    userAgent: options.userAgent,
    request: { fetch },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  hook.error("request", error => {
    throw error.cause instanceof ScbError ? error.cause : error
  })

  return { rest, request, paginate, budget: () => budget }
}

interface BudgetBook {
  left(): GithubBudget | undefined
  note(headers: Headers): void
}

function budgetIn(headers: Headers): GithubBudget | undefined {
  const [remaining, reset] = ["x-ratelimit-remaining", "x-ratelimit-reset"].map(name => headers.get(name))
  return remaining && reset ? { remaining: Number(remaining), resetAt: Number(reset) * 1000 } : undefined
}

/** All of the manners below octokit, which is left with names and types. */
function githubFetch(options: GithubClientOptions, budget: BudgetBook): Fetch {
  const { token, fetch, clock, pace, breaker, timeoutMillis = 30_000, patienceMillis = 600_000, reserve = 0 } = options
  const { api, uploads } = githubAddresses(options.server)
  const cached = new Map<string, WholeAnswer>()

  function requireBudget(method: string): void {
    const left = budget.left()
    if (operationOf(method) === "read" || left === undefined) return
    if (left.remaining >= reserve || left.resetAt <= clock.now()) return
    throw new GithubLimit(
      `GitHub answers ${left.remaining} more requests now, of which ${reserve} are for others`,
      left.resetAt,
    )
  }

  async function attempt(request: Request, tries: number): Promise<Response> {
    const { url, method, headers } = request
    requireBudget(method)
    const isFile = headers.get("accept") === "application/octet-stream"
    const key = method === "GET" && !isFile ? `${headers.get("accept")} ${url}` : undefined
    const known = key === undefined ? undefined : cached.get(key)
    if (known !== undefined) headers.set("if-none-match", known.etag)
    const response = await fetch(url, { ...request, signal: request.signal ?? AbortSignal.timeout(timeoutMillis) })
    budget.note(response.headers)
    if (response.status === 304 && known !== undefined) return responseOf(known)
    if (isFile && response.ok) return response
    const answer = await readWhole(response)
    if (!response.ok) {
      throw errorOf({ method, path: new URL(url).pathname, ...answer }, token !== undefined, tries, clock.now())
    }
    if (key !== undefined && answer.etag !== "") keep(cached, key, answer)
    return responseOf(answer)
  }

  async function patiently(request: Request): Promise<Response> {
    const giveUpAt = clock.now() + patienceMillis
    let mayBeDone = false
    for (let tries = 1; ; tries++) {
      try {
        return await pace.run(operationOf(request.method), () => attempt(request, tries))
      } catch (error) {
        if (request.method === "DELETE" && mayBeDone && isRefusal(error, 404))
          return new Response(null, { status: 204 })
        mayBeDone ||= isUnreachable(error)
        const again = comeBackAt(error, request.method, tries, clock.now())
        if (again === undefined || again > giveUpAt) throw error
        if (error instanceof GithubLimit) pace.pauseUntil(again)
        else await clock.sleep(again - clock.now())
      }
    }
  }

  return (input, init = {}) => {
    const url = String(input)
    const headers = new Headers(init.headers)
    headers.set("x-github-api-version", API_VERSION)
    // to GitHub's own API and to nobody else, whatever address an answer has named
    const isOurs = [api, uploads].some(base => url.startsWith(`${base}/`))
    if (token !== undefined && isOurs) headers.set("authorization", `Bearer ${token}`)
    return breaker.run(() => patiently({ ...init, url, method: init.method ?? "GET", headers }), isUnreachable)
  }
}

type Request = RequestInit & { readonly url: string; readonly method: string; readonly headers: Headers }

/** Undefined when trying again is no use, or not allowed. */
function comeBackAt(error: unknown, method: string, tries: number, now: number): number | undefined {
  if (error instanceof GithubLimit) return error.until
  if (!isUnreachable(error) || !REPEATABLE.includes(method) || tries >= TRIES) return undefined
  return now + 1000 * 2 ** (tries - 1)
}

interface WholeAnswer {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of JSON; undefined for anything else. */
  readonly data: unknown
  /** Empty without one. */
  readonly etag: string
}

/** Octokit takes JSON that was cut off on the way for text, and says nothing; so answers are read and parsed here. */
async function readWhole(response: Response): Promise<WholeAnswer> {
  const { url, status, headers } = response
  const text = Buffer.from(await readBounded(response, ANSWER_MAXIMUM)).toString("utf8")
  const isJson = text !== "" && headers.get("content-type")?.includes("json") === true
  return { url, status, headers, text, data: isJson ? parsed(text, url) : undefined, etag: headers.get("etag") ?? "" }
}

/** Throws `forge-unreachable`: something between GitHub and here has answered in its place. */
function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ScbError("forge-unreachable", `${new URL(url).host} says that it answers JSON, and does not`)
  }
}

/** Pages are found by the address of the answer before, which a new response does not have by itself. */
function responseOf({ url, status, headers, text }: WholeAnswer): Response {
  const hasBody = ![204, 205, 304].includes(status)
  return Object.defineProperty(new Response(hasBody ? text : null, { status, headers }), "url", { value: url })
}

function keep(cached: Map<string, WholeAnswer>, key: string, answer: WholeAnswer): void {
  const [oldest] = cached.keys()
  if (oldest !== undefined && cached.size >= CACHED_ANSWERS) cached.delete(oldest)
  cached.set(key, answer)
}

function silent(): void {}
