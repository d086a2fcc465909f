/**
 * A GitHub of one process: every request and answer is checked against GitHub's own description (contract.ts), state
 * changes by rules whose source is said where they are written (handlers/). How to use it: README.md.
 */
import { createHmac, randomBytes } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { TlsOptions } from "node:tls"
import { answerApi } from "./api.ts"
import { instant } from "./call.ts"
import { type Faults, plannedFaults } from "./faults.ts"
import { createGitStore } from "./git-store.ts"
import { answerGraphql, isGraphql } from "./graphql.ts"
import { listenAs } from "./hosts.ts"
import { GITHUB_LIMITS, type Limits, rateLimits } from "./limits.ts"
import type { Model, Repository, Role, Token, Urls, User } from "./model.ts"
import { type Person, person } from "./people.ts"
import { answerGit, isGit } from "./smart-http.ts"
import { answerWeb, type WebWorld } from "./web.ts"
import { cut, type HostRole, type RequestRecord } from "./wire.ts"

export { HOSTS } from "./hosts.ts"
export type { HostRole, RequestRecord } from "./wire.ts"

export interface FakeGithubOptions {
  /** Milliseconds since 1970; default: a clock of its own that stands at 2026-11-22T12:00:00Z until `advance`. */
  readonly now?: () => number
  /** Enforced; without, requests are counted and reported, and nothing is refused. */
  readonly limits?: Limits | "github"
  /** Certificate and key for HTTPS; a `maxVersion` of TLSv1.2 makes it old. */
  readonly tls?: TlsOptions
  /** GitHub Enterprise Server: one origin, `/api/v3` and `/api/uploads`. */
  readonly enterprise?: boolean
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

const CLOCK_STARTS = Date.UTC(2026, 10, 22, 12)
const LINK_LIVES = 300_000

export async function startFakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  let clock = CLOCK_STARTS
  let ids = 1000
  let effects = 0
  const now = options.now ?? (() => clock)
  const faults = plannedFaults()
  const violations: string[] = []
  const requests: RequestRecord[] = []
  const limits = rateLimits(options.limits === "github" ? GITHUB_LIMITS : options.limits, now)
  const model: Model = { users: new Map(), tokens: new Map(), repositories: new Map(), nextId: () => ++ids }
  const links = signedLinks(now)

  const respond = async (role: HostRole, path: string, request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET" } = request
    const { pathname, searchParams: query } = new URL(path, "http://any")
    const shown = query.size === 0 || query.has("sig") ? pathname : `${pathname}?${query}`
    const id = `FA4E:${requests.length + 1}`
    const record: RequestRecord = { id, host: role, method, path: shown, operation: "", login: null, status: null }
    requests.push(record)
    const violate = (what: string): void => void violations.push(`${method} ${shown}: ${what}`)
    const ask = { record, request, response, pathname, query, violate }
    if (isGraphql(pathname)) await answerGraphql(world, ask)
    else if (role === "api" || role === "uploads") await answerApi(world, role, ask)
    else if (role === "web" && isGit(pathname)) await answerGit(world, ask)
    else await answerWeb(world, role, ask)
  }
  const hosts = await listenAs(options, (role, path, request, response) => {
    respond(role, path, request, response).catch(error => {
      // Whoever asked has gone while we were listening.
      if (request.errored !== null) return
      violations.push(`fake: ${request.method} ${path}: ${error instanceof Error ? error.stack : error}`)
      cut(request)
    })
  })
  const { urls } = hosts
  const world: WebWorld = {
    model,
    urls,
    limits,
    faults,
    violations,
    now,
    demandsVersion: options.demandsVersion !== false,
    isOneOrigin: options.enterprise === true,
    isSigned: links.isSigned,
    assetUrl: asset => `${urls.assets}${links.sign(`/github-production-release-asset/${asset}`)}`,
    noteEffect: async operation => options.onEffect?.(operation, ++effects),
  }

  const addUser = ({ login, id = model.nextId(), type = "User", email, token }: NewUser): User => {
    const user: User = { login, id, type, email: email ?? `${id}+${login}@users.noreply.github.com` }
    model.users.set(login.toLowerCase(), user)
    if (token !== undefined) model.tokens.set(token, { user })
    return user
  }
  const userNamed = (login: string): User => model.users.get(login.toLowerCase()) ?? addUser({ login })

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
        git: createGitStore(settings.defaultBranch),
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
      await hosts.close()
      for (const { git } of model.repositories.values()) git.remove()
    },
  }
}

/** Links that say until when they are good, as those to GitHub's storage do. */
function signedLinks(now: () => number) {
  const secret = randomBytes(16)
  const signatureOf = (path: string, until: string): string =>
    createHmac("sha256", secret).update(`${path} ${until}`).digest("hex")
  return {
    sign(path: string): string {
      const until = instant(now() + LINK_LIVES)
      return `${path}?se=${encodeURIComponent(until)}&sig=${signatureOf(path, until)}`
    },
    isSigned(path: string, query: URLSearchParams): boolean {
      const until = query.get("se") ?? ""
      return query.get("sig") === signatureOf(path, until) && instant(now()) < until
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
