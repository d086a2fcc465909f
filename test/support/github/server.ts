/**
 * A GitHub of one process: every request and answer is checked against GitHub's own description (contract.ts), state
 * changes by rules whose source is said where they are written (handlers/). How to use it: README.md.
 */
import { createHash, createHmac, randomBytes } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { TlsOptions } from "node:tls"
import { type Answer, type Call, type Endpoint, type Endpoints, instant, notFound, Refusal } from "./call.ts"
import {
  isObject,
  type Json,
  type JsonObject,
  type Match,
  matchOperation,
  requestFaults,
  responseFaults,
} from "./contract.ts"
import { type Fault, type Faults, plannedFaults } from "./faults.ts"
import { createGitStore } from "./git-store.ts"
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
import { GITHUB_LIMITS, type Limits, primaryRefusal, rateLimits, secondaryRefusal } from "./limits.ts"
import type { Access, Model, Permission, Repository, Role, Token, Urls, User } from "./model.ts"
import { type Person, person } from "./people.ts"
import { webAnswer } from "./web.ts"

export type HostRole = keyof Urls

/** GitHub's own names. */
export const HOSTS: Readonly<Record<HostRole, string>> = {
  api: "api.github.com",
  uploads: "uploads.github.com",
  assets: "release-assets.githubusercontent.com",
  web: "github.com",
  raw: "raw.githubusercontent.com",
}
const ROLES = Object.keys(HOSTS) as readonly HostRole[]

export interface FakeGithubOptions {
  /** Milliseconds since 1970; default: a clock of its own that stands at 2026-11-22T12:00:00Z until `advance`. */
  readonly now?: () => number
  /** Enforced; without, requests are counted and reported, and nothing is refused. */
  readonly limits?: Limits | "github"
  /** Certificate and key for HTTPS; a `maxVersion` of TLSv1.2 makes it old. */
  readonly tls?: TlsOptions
  /** One listener for all hosts, told apart by their true names (`Host`); for networks whose DNS knows them. */
  readonly port?: number
  /** Address that it listens on. */
  readonly listen?: string
  /** Of programs that are not ours nobody demands `X-GitHub-Api-Version`. */
  readonly demandsVersion?: boolean
  /** Called after each effect, before its answer, with the operation and the number of effects so far: the place to crash. */
  readonly onEffect?: (operation: string, count: number) => void | Promise<void>
}

export interface NewUser {
  readonly login: string
  readonly id?: number
  readonly type?: "User" | "Bot"
  readonly email?: string
  /** Of a personal token: whatever the user may do. */
  readonly token?: string
}

export interface NewRepository {
  readonly private?: boolean
  /** First commit of the default branch. Without, the repository is empty. */
  readonly files?: Readonly<Record<string, string>>
  readonly defaultBranch?: string
  readonly immutableReleases?: boolean
  /** By login; the owner is `admin`. */
  readonly roles?: Readonly<Record<string, Role>>
  readonly id?: number
}

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

export interface FakeGithub {
  readonly urls: Urls
  readonly model: Model
  readonly faults: Faults
  /** Broken promises of a client (or of this fake). Tests assert that there are none. */
  readonly violations: string[]
  readonly requests: readonly RequestRecord[]
  /** Requests that came although their caller had been told to wait. */
  readonly impatient: number
  now(): number
  /** Moves the own clock. */
  advance(milliseconds: number): void
  addUser(user: NewUser): User
  /** GITHUB_TOKEN of a job, or of an App, with these permissions alone. */
  addToken(
    token: string,
    options: { readonly login: string; readonly permissions?: Token["permissions"]; readonly expiresAt?: number },
  ): void
  /** What somebody does in a browser or with git: push, open, review, merge. */
  person(login: string, repository: string): Person
  /** Makes its owner, too, where there is none. */
  addRepository(name: `${string}/${string}`, options?: NewRepository): Promise<Repository>
  close(): Promise<void>
}

const ENDPOINTS: Endpoints = {
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
const CLOCK_STARTS = Date.UTC(2026, 10, 22, 12)
const LINK_LIVES = 300_000

export async function startFakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  let clock = CLOCK_STARTS
  const now = options.now ?? (() => clock)
  const faults = plannedFaults()
  const violations: string[] = []
  const requests: RequestRecord[] = []
  const limits = rateLimits(options.limits === "github" ? GITHUB_LIMITS : options.limits, now)
  const secret = randomBytes(16)
  let ids = 1000
  let effects = 0
  const model: Model = { users: new Map(), tokens: new Map(), repositories: new Map(), nextId: () => ++ids }

  const respond = async (role: HostRole, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET" } = request
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://any")
    const record: RequestRecord = {
      id: `FA4E:${requests.length + 1}`,
      host: role,
      method,
      path: `${pathname}${searchParams.has("sig") ? "" : searchParams.size > 0 ? `?${searchParams}` : ""}`,
      operation: "",
      login: null,
      status: null,
    }
    requests.push(record)
    const violate = (what: string): void => void violations.push(`${method} ${record.path}: ${what}`)
    response.on("close", () => {
      record.status ??= response.headersSent ? response.statusCode : null
    })
    const ask = { record, request, response, pathname, query: searchParams, violate }
    if (role === "api" || role === "uploads") await respondApi(role, ask)
    else await webAnswer(role, { ...ask, ...shared })
  }

  interface Ask {
    readonly record: RequestRecord
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly pathname: string
    readonly query: URLSearchParams
    readonly violate: (what: string) => void
  }

  async function respondApi(role: "api" | "uploads", ask: Ask): Promise<void> {
    const { record, request, response, violate } = ask
    const method = record.method === "HEAD" ? "GET" : record.method
    const match = matchOperation(method, ask.pathname)
    const isHere = match !== undefined && (match.operation.uploads === true) === (role === "uploads")
    record.operation = isHere ? match.operation.id : ""
    const fault = isHere ? faults.take(match.operation.id) : undefined
    if (fault?.kind === "reset") return cut(request)
    if (fault?.kind === "hang") return
    const bytes = await bodyOf(request)
    let token: Token | undefined
    let answer: Answer
    let counted = false
    try {
      token = tokenOf(model, request.headers.authorization, now())
      record.login = token?.user.login ?? null
      counted = true
      limits.begin(token, record.operation, record.method)
      if (request.headers["user-agent"] === undefined) {
        violate("no User-Agent")
        throw new Refusal(
          403,
          "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
        )
      }
      if (!isHere) {
        violate(`no such operation at ${role}`)
        throw notFound()
      }
      refuseByFault(fault, now())
      answer = await operate(match, ask, bytes, token)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      answer = { status: error.status, body: error.body, headers: error.headers }
    }
    const body = answer.body === undefined ? undefined : (JSON.parse(JSON.stringify(answer.body)) as Json)
    if (isHere)
      for (const wrong of responseFaults(match.operation, answer.status, body, answer.bytes !== undefined))
        violations.push(`fake: ${record.operation}: ${wrong}`)
    const hasEffect = method !== "GET" && answer.status < 300
    if (hasEffect) {
      effects++
      if (fault?.kind === "corrupt") corruptNewest(match, model)
      if (fault?.kind === "starter") loseNewest(match, model)
      await options.onEffect?.(record.operation, effects)
    }
    if (fault?.kind === "502-after-effect" || fault?.kind === "starter") answer = SERVER_ERROR
    if (fault?.kind === "lost-answer") {
      limits.end(token, false)
      return cut(request)
    }
    const content: string | Uint8Array = answer.bytes ?? (answer.body === undefined ? "" : JSON.stringify(answer.body))
    const etag = `W/"${createHash("sha256").update(content).digest("hex")}"`
    const isSame = method === "GET" && answer.status === 200 && request.headers["if-none-match"] === etag
    if (counted) limits.end(token, isSame && token !== undefined)
    const status = isSame ? 304 : answer.status
    if (fault?.kind === "slow") await fault.until
    send(
      response,
      record,
      status,
      isSame ? "" : content,
      {
        date: new Date(now()).toUTCString(),
        "content-type": "application/json; charset=utf-8",
        "x-github-request-id": record.id,
        "x-github-media-type": "github.v3; format=json",
        ...(request.headers["x-github-api-version"] === undefined
          ? {}
          : { "x-github-api-version-selected": String(request.headers["x-github-api-version"]) }),
        ...limits.headers(token),
        ...(method === "GET" && status < 400 ? { etag, "cache-control": "private, max-age=60, s-maxage=60" } : {}),
        ...answer.headers,
        ...(fault?.kind === "redirect" && status === 302 ? { location: fault.location } : {}),
        ...(fault?.kind === "403-primary"
          ? { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(now() / 1000) + fault.resetIn) }
          : {}),
      },
      fault,
    )
  }

  async function operate(match: Match, ask: Ask, bytes: Buffer, token: Token | undefined): Promise<Answer> {
    const { query, request, violate } = ask
    const { operation, path } = match
    const { headers } = request
    if (options.demandsVersion !== false && headers["x-github-api-version"] !== "2022-11-28")
      violate(`X-GitHub-Api-Version is ${headers["x-github-api-version"] ?? "missing"}`)
    const contentType = headers["content-type"]
    const json =
      operation.request?.["application/json"] !== undefined || contentType?.includes("json") ? parsed(bytes) : undefined
    const faultsFound = requestFaults(match, query, contentType, json)
    for (const wrong of faultsFound) violate(wrong)
    const endpoint: Endpoint | undefined = ENDPOINTS[operation.id]
    if (operation.id === "rate-limit/get") return rateLimitAnswer(limits.status(token))
    if (endpoint === undefined) {
      violations.push(`fake: ${operation.id} is described, but not made`)
      throw notFound()
    }
    const call = callOf(match, ask, bytes, token, isObject(json) ? json : {})
    if (path["owner"] !== undefined) void call.repository
    if (endpoint.needs !== undefined) refuseWithout(call, ...endpoint.needs)
    if (faultsFound.length > 0 && operation.method !== "GET") throw new Refusal(422, "Invalid request.")
    return endpoint.answer(call)
  }

  function callOf(
    match: Match,
    { pathname, query, request }: Ask,
    bytes: Buffer,
    token: Token | undefined,
    body: JsonObject,
  ): Call {
    const { path } = match
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
      get repository() {
        const found = findRepository(path["owner"] ?? "", path["repo"] ?? "")
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
      assetUrl: asset => signedUrl(asset),
    }
  }

  const findRepository = (owner: string, name: string): Repository | undefined =>
    model.repositories.get(`${owner}/${name}`.toLowerCase())

  const signatureOf = (path: string, until: string): string =>
    createHmac("sha256", secret).update(`${path} ${until}`).digest("hex")
  const signedUrl = (asset: number): string => {
    const path = `/github-production-release-asset/${asset}`
    const until = instant(now() + LINK_LIVES)
    return `${urls.assets}${path}?se=${encodeURIComponent(until)}&sig=${signatureOf(path, until)}`
  }
  const isSigned = (path: string, query: URLSearchParams): boolean =>
    query.get("sig") === signatureOf(path, query.get("se") ?? "") && instant(now()) < (query.get("se") ?? "")

  const ports = new Map<HostRole, number>()
  const listen = options.listen ?? "127.0.0.1"
  const started: Server[] = []
  const start = async (handler: RequestListener, port: number): Promise<number> => {
    const server = options.tls === undefined ? createServer(handler) : createTlsServer(options.tls, handler)
    server.listen(port, listen)
    await once(server, "listening")
    started.push(server)
    return (server.address() as AddressInfo).port
  }
  const guarded =
    (roleOf: (request: IncomingMessage) => HostRole): RequestListener =>
    (request, response) => {
      respond(roleOf(request), request, response).catch(error => {
        violations.push(
          `fake: ${request.method} ${request.url}: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
        )
        cut(request)
      })
    }
  if (options.port === undefined)
    for (const role of ROLES)
      ports.set(
        role,
        await start(
          guarded(() => role),
          0,
        ),
      )
  else {
    const port = await start(
      guarded(({ headers: { host = "" } }) => ROLES.find(role => HOSTS[role] === host.replace(/:\d+$/, "")) ?? "api"),
      options.port,
    )
    for (const role of ROLES) ports.set(role, port)
  }
  const scheme = options.tls === undefined ? "http" : "https"
  const urlOf = (role: HostRole): string => {
    const port = ports.get(role) ?? 0
    if (options.port === undefined)
      return `${scheme}://${options.tls === undefined ? "127.0.0.1" : "localhost"}:${port}`
    return `${scheme}://${HOSTS[role]}${port === 443 ? "" : `:${port}`}`
  }
  const urls: Urls = {
    api: urlOf("api"),
    uploads: urlOf("uploads"),
    assets: urlOf("assets"),
    web: urlOf("web"),
    raw: urlOf("raw"),
  }

  const addUser = ({ login, id = model.nextId(), type = "User", email, token }: NewUser): User => {
    const user: User = { login, id, type, email: email ?? `${id}+${login}@users.noreply.github.com` }
    model.users.set(login.toLowerCase(), user)
    if (token !== undefined) model.tokens.set(token, { user })
    return user
  }
  const userNamed = (login: string): User => model.users.get(login.toLowerCase()) ?? addUser({ login })

  const shared = { model, urls, faults, now, isSigned, signedUrl, findRepository, mayOf, cut }

  return {
    urls,
    model,
    faults,
    violations,
    requests,
    get impatient() {
      return limits.impatient
    },
    now,
    advance(milliseconds) {
      clock += milliseconds
    },
    addUser,
    addToken(token, { login, permissions, expiresAt }) {
      const user = userNamed(login)
      model.tokens.set(token, {
        user,
        ...(permissions === undefined ? {} : { permissions }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      })
    },
    person: (login, fullName) =>
      person(() => {
        const repository = model.repositories.get(fullName.toLowerCase())
        if (repository === undefined) throw new Error(`there is no repository ${fullName}`)
        return { model, now: now(), repository, user: userNamed(login) }
      }),
    async addRepository(fullName, settings = {}) {
      const [owner = "", name = ""] = fullName.split("/")
      const repository: Repository = {
        id: settings.id ?? model.nextId(),
        owner: userNamed(owner),
        name,
        private: settings.private ?? false,
        defaultBranch: settings.defaultBranch ?? "main",
        immutableReleases: settings.immutableReleases ?? false,
        git: createGitStore(),
        roles: new Map(
          Object.entries({ [owner]: "admin" as Role, ...settings.roles }).map(([login, role]) => [
            login.toLowerCase(),
            role,
          ]),
        ),
        releases: [],
        burnedTags: new Set(),
        issues: [],
        labels: new Map(),
        activity: [],
        checkRuns: [],
        rulesets: [],
        environments: [],
        runs: [],
        dispatches: [],
        attestations: [],
        pagesDeployments: [],
        hasPages: false,
      }
      model.repositories.set(fullName.toLowerCase(), repository)
      if (settings.files !== undefined) await commitFiles(repository, settings.files, now())
      return repository
    },
    async close() {
      for (const server of started) {
        server.closeAllConnections()
        await new Promise(done => server.close(done))
      }
      for (const { git } of model.repositories.values()) git.remove()
    },
  }
}

async function commitFiles(
  { defaultBranch, git, owner }: Repository,
  files: Readonly<Record<string, string>>,
  at: number,
): Promise<void> {
  const entries = new Map<string, { readonly mode: string; readonly sha: string }>()
  for (const [path, content] of Object.entries(files))
    entries.set(path, { mode: "100644", sha: await git.writeBlob(content) })
  const author = { name: owner.login, email: owner.email, at }
  const tree = await git.writeTree(undefined, entries)
  git.createRef(`refs/heads/${defaultBranch}`, await git.writeCommit({ tree, parents: [], message: "first\n", author }))
}

/** Asking for it costs nothing at GitHub. */
function rateLimitAnswer(core: JsonObject): Answer {
  return { status: 200, body: { resources: { core, search: core }, rate: core } }
}

const SERVER_ERROR: Answer = { status: 502, body: { message: "Server Error" } }

function refuseByFault(fault: Fault | undefined, now: number): void {
  switch (fault?.kind) {
    case "500":
    case "502":
      throw new Refusal(Number(fault.kind), "Server Error")
    case "503":
      throw new Refusal(
        503,
        "Service unavailable",
        undefined,
        fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) },
      )
    case "403-secondary":
      throw secondaryRefusal(fault.retryAfter)
    case "429":
      throw secondaryRefusal(fault.retryAfter, 429)
    case "403-primary":
      throw primaryRefusal()
    case "not-yet":
      throw notFound()
    default:
      void now
  }
}

/** Without a token undefined; throws 401 for one that is not known or no longer good. */
function tokenOf({ tokens }: Model, authorization: string | undefined, now: number): Token | undefined {
  if (authorization === undefined) return undefined
  const [, scheme = "", value = ""] = /^(\S+)\s+(.+)$/.exec(authorization) ?? []
  const basic = (): string =>
    Buffer.from(value, "base64")
      .toString()
      .replace(/^[^:]*:/, "")
  const token = tokens.get(scheme.toLowerCase() === "basic" ? basic() : value)
  if (token === undefined || (token.expiresAt !== undefined && token.expiresAt <= now))
    throw new Refusal(401, "Bad credentials")
  return token
}

const READ_BY_ALL = new Set<Permission>([
  "actions",
  "checks",
  "contents",
  "deployments",
  "issues",
  "metadata",
  "pull-requests",
  "attestations",
])
const WRITTEN_BY_ALL = new Set<Permission>(["issues", "pull-requests"])

/** Rights of a token are those of its user, and of GITHUB_TOKEN those of its job (docs.github.com, "Use GITHUB_TOKEN"). */
function mayOf(repository: Repository, token: Token | undefined, permission: Permission, access: Access): boolean {
  const isOpen = !repository.private && access === "read" && READ_BY_ALL.has(permission)
  if (token === undefined) return isOpen
  if (token.permissions !== undefined) {
    const given = token.permissions[permission]
    return isOpen || permission === "metadata" || given === "write" || given === access
  }
  const role = repository.roles.get(token.user.login.toLowerCase())
  if (role === "admin") return true
  if (role === "write") return permission !== "administration" || access === "read"
  const isMember = role === "read" || !repository.private
  return isOpen || (isMember && (access === "read" ? READ_BY_ALL.has(permission) : WRITTEN_BY_ALL.has(permission)))
}

function refuseWithout(call: Call, permission: Permission, access: Access): void {
  if (call.can(permission, access)) return
  if (call.token === undefined) {
    if (access === "read") throw notFound()
    throw new Refusal(401, "Requires authentication")
  }
  if (call.token.permissions !== undefined) throw new Refusal(403, "Resource not accessible by integration")
  // Who cannot write is not told that there is something to write to.
  throw access === "write" ? notFound() : new Refusal(403, "Must have admin rights to Repository.")
}

function newestAsset(
  match: Match | undefined,
  { repositories }: Model,
): { readonly assets: Repository["releases"][number]["assets"] } | undefined {
  const { owner, repo, release_id } = match?.path ?? {}
  return repositories.get(`${owner}/${repo}`.toLowerCase())?.releases.find(({ id }) => String(id) === release_id)
}

function corruptNewest(match: Match | undefined, model: Model): void {
  const assets = newestAsset(match, model)?.assets
  const newest = assets?.pop()
  if (assets === undefined || newest === undefined) return
  const bytes = Uint8Array.from(newest.bytes, (byte, at) => (at === 0 ? byte ^ 1 : byte))
  assets.push({ ...newest, bytes, sha256: createHash("sha256").update(bytes).digest("hex") })
}

function loseNewest(match: Match | undefined, model: Model): void {
  const assets = newestAsset(match, model)?.assets
  const newest = assets?.pop()
  if (assets !== undefined && newest !== undefined)
    assets.push({ ...newest, state: "starter", bytes: new Uint8Array() })
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function parsed(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString()) as Json
  } catch {
    throw new Refusal(400, "Problems parsing JSON")
  }
}

/** As a network does that fails. */
function cut({ socket }: IncomingMessage): void {
  socket.destroy()
}

export function send(
  response: ServerResponse,
  record: RequestRecord,
  status: number,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  fault: Fault | undefined,
): void {
  record.status = status
  const bytes = Buffer.from(content)
  const hasBody = bytes.length > 0 && status !== 204 && status !== 304
  response.writeHead(status, {
    ...headers,
    ...(status === 204 || status === 304 ? {} : { "content-length": bytes.length }),
  })
  if (fault?.kind === "truncated") {
    response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy())
    return
  }
  response.end(hasBody && record.method !== "HEAD" ? bytes : undefined)
}
