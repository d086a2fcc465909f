import { printable } from "../../artifact/printable.ts"
import { ScbError } from "../../domain/errors.ts"
import { formatInstant, instantFromMillis } from "../../domain/instant.ts"
import { permissionFor } from "./permissions.ts"

/** One entry of `errors` in an answer of status 422. */
export interface GithubProblem {
  readonly resource?: string
  readonly field?: string
  readonly code?: string
  readonly message?: string
}

/** GitHub says no, and has done nothing. */
export class GithubRefusal extends ScbError {
  readonly status: number
  readonly problems: readonly GithubProblem[]
  constructor(status: number, message: string, hint: string | undefined, problems: readonly GithubProblem[]) {
    super("forge-refused", message, hint === undefined ? {} : { hint })
    this.status = status
    this.problems = problems
  }
}

/** Too many requests. GitHub has done nothing. */
export class GithubLimit extends ScbError {
  /** Milliseconds; when it is worth coming back. */
  readonly until: number
  constructor(message: string, until: number) {
    const instant = formatInstant(instantFromMillis(until + 999))
    super("forge-limited", `${message}, next at ${instant}`, { hint: `run it again after ${instant}` })
    this.until = until
  }
}

export function isRefusal(error: unknown, status: number): error is GithubRefusal {
  return error instanceof GithubRefusal && error.status === status
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof ScbError && error.code === "forge-unreachable"
}

/** What is there, or undefined when GitHub answers 404. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch(error => {
    if (isRefusal(error, 404)) return undefined
    throw error
  })
}

/** An answer that is no success. */
export interface Failure {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly data: unknown
}

/** `tries`: how often this request has been made, this one included. */
export function errorOf(failure: Failure, hasToken: boolean, tries: number, now: number): ScbError {
  const { method, path, status, headers } = failure
  const { message, problems } = saidBy(failure.data)
  const request = headers.get("x-github-request-id") ?? "without id"
  const answer = `GitHub answers ${status} to ${method} ${path} (request ${request})`
  if (status >= 500) return new ScbError("forge-unreachable", answer)
  const until = limitedUntil(failure, message, tries, now)
  if (until !== undefined) return new GithubLimit(`${answer}: too many requests`, until)
  return new GithubRefusal(status, `${answer}: ${message}`, hintFor(failure, hasToken), problems)
}

/**
 * docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, "Exceeding the rate limit": 403 or 429 for both
 * kinds of limits; wait as `retry-after` says, else until `x-ratelimit-reset` when nothing remains, else a minute, and
 * longer each time. Undefined when it is about something else.
 */
function limitedUntil({ status, headers }: Failure, message: string, tries: number, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN)
  if (Number.isFinite(retryAfter)) return now + retryAfter * 1000
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN) * 1000
  if (Number(headers.get("x-ratelimit-remaining") ?? 1) === 0 && reset > now) return reset
  if (status === 429 || /secondary rate limit/i.test(message)) return now + 60_000 * 2 ** (tries - 1)
  return undefined
}

function hintFor({ method, path, status, headers }: Failure, hasToken: boolean): string | undefined {
  if (status === 401) return "the token is expired, revoked or wrong"
  if (status !== 403 && status !== 404) return undefined
  if (!hasToken) return "if the repository is private, give a token by SCB_GITHUB_TOKEN or GITHUB_TOKEN"
  const needed = headers.get("x-accepted-github-permissions") ?? permissionFor(method, path)
  return `if it is there, the token lacks a permission: ${printable(needed)}`
}

/** What GitHub's `basic-error` and `validation-error` say; nothing else of the answer. */
function saidBy(data: unknown): { readonly message: string; readonly problems: readonly GithubProblem[] } {
  if (!isRecord(data)) return { message: "no reason given", problems: [] }
  const errors: readonly unknown[] = Array.isArray(data["errors"]) ? data["errors"] : []
  const problems = errors.map(error => (isRecord(error) ? problemOf(error) : { message: plain(error) ?? "" }))
  const details = problems.map(({ field, code, message }) => message ?? `${field ?? "it"}: ${code ?? "wrong"}`)
  return { message: [plain(data["message"]) ?? "no reason given", ...details].join("; "), problems }
}

function problemOf(error: Readonly<Record<string, unknown>>): GithubProblem {
  const entries = (["resource", "field", "code", "message"] as const).flatMap(name => {
    const text = plain(error[name])
    return text === undefined ? [] : [[name, text] as const]
  })
  return Object.fromEntries(entries)
}

function plain(text: unknown): string | undefined {
  return typeof text === "string" ? printable(text) : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
