/** `api.github.com` and `uploads.github.com`: finds the operation, checks the request, answers, checks the answer. */
import { createHash } from "node:crypto"
import { mayOf, refuseWithout, tokenOf } from "./access.ts"
import { type Answer, type Call, type Endpoints, notFound, Refusal } from "./call.ts"
import {
  isObject,
  type Json,
  type JsonObject,
  type Match,
  matchOperation,
  requestFaults,
  responseFaults,
} from "./contract.ts"
import type { Fault } from "./faults.ts"
import { actions } from "./handlers/actions.ts"
import { checks } from "./handlers/checks.ts"
import { commits } from "./handlers/commits.ts"
import { gitData } from "./handlers/git.ts"
import { issues } from "./handlers/issues.ts"
import { pages, provenance } from "./handlers/provenance.ts"
import { pulls } from "./handlers/pulls.ts"
import { releases } from "./handlers/releases.ts"
import { repositories } from "./handlers/repositories.ts"
import { rules } from "./handlers/rules.ts"
import { primaryRefusal, type RateLimits, secondaryRefusal } from "./limits.ts"
import type { Asset, Model, Repository, Token, Urls } from "./model.ts"
import { type Ask, bodyOf, cut, flipped, send } from "./wire.ts"

/** By `operationId`. */
export const ENDPOINTS: Endpoints = {
  ...actions,
  ...checks,
  ...commits,
  ...gitData,
  ...issues,
  ...pages,
  ...provenance,
  ...pulls,
  ...releases,
  ...repositories,
  ...rules,
}

export interface World {
  readonly model: Model
  readonly urls: Urls
  readonly limits: RateLimits
  readonly faults: { take(operation: string): Fault | undefined }
  readonly violations: string[]
  readonly demandsVersion: boolean
  readonly now: () => number
  readonly assetUrl: (asset: number) => string
  readonly noteEffect: (operation: string) => Promise<void>
}

const SERVER_ERROR: Answer = { status: 502, body: { message: "Server Error" } }

export async function answerApi(world: World, role: "api" | "uploads", ask: Ask): Promise<void> {
  const { record, request } = ask
  const match = matchOperation(record.method === "HEAD" ? "GET" : record.method, ask.pathname)
  const isHere = match !== undefined && (match.operation.uploads === true) === (role === "uploads")
  record.operation = isHere ? match.operation.id : ""
  const fault = isHere ? world.faults.take(match.operation.id) : undefined
  if (fault?.kind === "reset") return cut(request)
  const bytes = await bodyOf(request)
  if (fault?.kind === "hang") return
  let token: Token | undefined
  let answer: Answer
  try {
    token = tokenOf(world.model, request.headers.authorization, world.now())
    record.login = token?.user.login ?? null
    answer = await operate(world, role, isHere ? match : undefined, ask, bytes, token, fault)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    answer = { status: error.status, body: error.body, headers: error.headers }
  }
  if (isHere) checkAnswer(world, match, answer)
  if (isHere && match.operation.method !== "GET" && answer.status < 300) {
    if (fault?.kind === "corrupt" || fault?.kind === "starter") spoilUpload(world.model, match, fault)
    await world.noteEffect(match.operation.id)
  }
  if (fault?.kind === "502-after-effect" || fault?.kind === "starter") answer = SERVER_ERROR
  if (fault?.kind === "lost-answer") {
    world.limits.end(token, false)
    return cut(request)
  }
  if (fault?.kind === "slow") await fault.until
  sendAnswer(world, ask, token, answer, fault)
}

async function operate(
  world: World,
  role: string,
  match: Match | undefined,
  ask: Ask,
  bytes: Buffer,
  token: Token | undefined,
  fault: Fault | undefined,
): Promise<Answer> {
  const { query, record, request, violate } = ask
  const { headers } = request
  world.limits.begin(token, record.method)
  if (headers["user-agent"] === undefined) {
    violate("no User-Agent")
    throw new Refusal(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
    )
  }
  if (match === undefined) {
    violate(`no such operation at ${role}`)
    throw notFound()
  }
  refuseByFault(fault)
  if (world.demandsVersion && headers["x-github-api-version"] !== "2022-11-28")
    violate(`X-GitHub-Api-Version is ${headers["x-github-api-version"] ?? "missing"}`)
  const contentType = headers["content-type"]
  const { operation, path } = match
  const json = operation.request?.["application/json"] === undefined ? undefined : parsed(bytes)
  const wrong = requestFaults(match, query, contentType, json)
  for (const one of wrong) violate(one)
  if (operation.id === "rate-limit/get") return rateLimitAnswer(world.limits.status(token))
  const endpoint = ENDPOINTS[operation.id]
  if (endpoint === undefined) throw new Error(`${operation.id} is described, but not made`)
  const call = callOf(world, match, ask, bytes, token, isObject(json) ? json : {})
  // Who may not see the repository is told nothing else.
  if (path["owner"] !== undefined) void call.repository
  if (endpoint.needs !== undefined) refuseWithout(call, ...endpoint.needs)
  if (wrong.length > 0 && operation.method !== "GET") throw new Refusal(422, "Invalid request.")
  return endpoint.answer(call)
}

function callOf(
  { assetUrl, model, now, urls }: World,
  { path }: Match,
  { pathname, query, request }: Ask,
  bytes: Buffer,
  token: Token | undefined,
  body: JsonObject,
): Call {
  return {
    model,
    urls,
    now: now(),
    path,
    url: `${urls.api}${pathname}`,
    query,
    headers: request.headers,
    body,
    bytes,
    token,
    assetUrl,
    get repository() {
      const found = repositoryNamed(model, path["owner"] ?? "", path["repo"] ?? "")
      if (found === undefined || !mayOf(found, token, "metadata", "read")) throw notFound()
      return found
    },
    get user() {
      if (token === undefined) throw new Refusal(401, "Requires authentication")
      return token.user
    },
    can(permission, access) {
      return mayOf(this.repository, token, permission, access)
    },
  }
}

export const repositoryNamed = ({ repositories }: Model, owner: string, name: string): Repository | undefined =>
  repositories.get(`${owner}/${name}`.toLowerCase())

function parsed(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString()) as Json
  } catch {
    throw new Refusal(400, "Problems parsing JSON")
  }
}

function checkAnswer({ violations }: World, { operation }: Match, { body, bytes, status }: Answer): void {
  const sent = body === undefined ? undefined : (JSON.parse(JSON.stringify(body)) as Json)
  for (const wrong of responseFaults(operation, status, sent, bytes !== undefined))
    violations.push(`fake: ${operation.id}: ${wrong}`)
}

/** Asking for it costs nothing at GitHub. */
function rateLimitAnswer(core: JsonObject): Answer {
  return { status: 200, body: { resources: { core, search: core }, rate: core } }
}

function refuseByFault(fault: Fault | undefined): void {
  switch (fault?.kind) {
    case "500":
    case "502":
      throw new Refusal(Number(fault.kind), "Server Error")
    case "503":
      throw new Refusal(503, "Service unavailable", undefined, retryAfter(fault.retryAfter))
    case "403-secondary":
      throw secondaryRefusal(fault.retryAfter)
    case "429":
      throw secondaryRefusal(fault.retryAfter, 429)
    case "403-primary":
      throw primaryRefusal()
    case "not-yet":
      throw notFound()
    default:
  }
}

const retryAfter = (seconds: number | undefined): Readonly<Record<string, string>> =>
  seconds === undefined ? {} : { "retry-after": String(seconds) }

/** The newest asset of the release that was uploaded to: with another byte, or without any. */
function spoilUpload(model: Model, { path }: Match, { kind }: Fault): void {
  const releases = repositoryNamed(model, path["owner"] ?? "", path["repo"] ?? "")?.releases ?? []
  const assets = releases.find(({ id }) => String(id) === path["release_id"])?.assets
  const newest = assets?.pop()
  if (assets === undefined || newest === undefined) return
  const bytes = kind === "corrupt" ? flipped(newest.bytes) : new Uint8Array()
  const state: Asset["state"] = kind === "corrupt" ? "uploaded" : "starter"
  assets.push({ ...newest, bytes, state, sha256: createHash("sha256").update(bytes).digest("hex") })
}

function sendAnswer(
  { limits, now }: World,
  ask: Ask,
  token: Token | undefined,
  answer: Answer,
  fault: Fault | undefined,
): void {
  const { record, request } = ask
  const content = answer.bytes ?? (answer.body === undefined ? "" : JSON.stringify(answer.body))
  const etag = `W/"${createHash("sha256").update(content).digest("hex")}"`
  const isRead = record.method === "GET" || record.method === "HEAD"
  const isSame = isRead && answer.status === 200 && request.headers["if-none-match"] === etag
  limits.end(token, isSame && token !== undefined)
  const version = request.headers["x-github-api-version"]
  send(
    ask,
    isSame ? 304 : answer.status,
    isSame ? "" : content,
    {
      date: new Date(now()).toUTCString(),
      "content-type": "application/json; charset=utf-8",
      "x-github-request-id": record.id,
      "x-github-media-type": "github.v3; format=json",
      ...(version === undefined ? {} : { "x-github-api-version-selected": String(version) }),
      ...limits.headers(token),
      ...(isRead && answer.status < 400 ? { etag, "cache-control": "private, max-age=60, s-maxage=60" } : {}),
      ...answer.headers,
      ...(fault?.kind === "redirect" && answer.status === 302 ? { location: fault.location } : {}),
      ...(fault?.kind === "403-primary"
        ? { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(now() / 1000) + fault.resetIn) }
        : {}),
    },
    fault,
  )
}
