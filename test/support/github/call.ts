/** What a handler gets and gives. */
import type { Json, JsonObject } from "./contract.ts"
import type { Access, Model, Permission, Repository, Token, Urls, User } from "./model.ts"

export interface Call {
  readonly model: Model
  readonly urls: Urls
  /** Milliseconds since 1970, of the fake's clock. */
  readonly now: number
  readonly path: Readonly<Record<string, string>>
  /** As asked for, without the query. */
  readonly url: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** JSON of the request; `{}` without. */
  readonly body: JsonObject
  readonly bytes: Uint8Array
  readonly token: Token | undefined
  /** Throws where the path names none. */
  readonly repository: Repository
  /** Throws 401 for anonymous callers. */
  readonly user: User
  /** Whether the caller may do this to the repository of the path. */
  can(permission: Permission, access: Access): boolean
  /** A link that gives the bytes of an asset for five minutes. */
  readonly assetUrl: (asset: number) => string
}

export interface Answer {
  readonly status: number
  readonly body?: Json
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of JSON. */
  readonly bytes?: Uint8Array
}

export interface Endpoint {
  readonly needs?: readonly [Permission, Access]
  answer(call: Call): Answer | Promise<Answer>
}

export type Endpoints = Readonly<Record<string, Endpoint>>

/** GitHub says no. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: readonly Json[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    errors?: readonly Json[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.errors = errors
    this.headers = headers
  }

  get body(): JsonObject {
    const documentation_url = "https://docs.github.com/rest"
    return this.errors === undefined
      ? { message: this.message, documentation_url, status: String(this.status) }
      : { message: this.message, errors: this.errors, documentation_url }
  }
}

export const notFound = (): Refusal => new Refusal(404, "Not Found")

/** 422 with one coded error, as `{resource, code, field}`. */
export function invalid(resource: string, code: string, field: string, message?: string): Refusal {
  return new Refusal(422, "Validation Failed", [
    { resource, code, field, ...(message === undefined ? {} : { message }) },
  ])
}

export const ok = (body: Json): Answer => ({ status: 200, body })
export const created = (body: Json, location?: string): Answer => ({
  status: 201,
  body,
  ...(location === undefined ? {} : { headers: { location } }),
})
export const NOTHING: Answer = { status: 204 }

/** Seconds, as GitHub writes instants. */
export const instant = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`

/** A page of the list (30, at most 100 entries) and `Link` to its neighbours. */
export function page<T>(call: Call, all: readonly T[], render: (one: T) => Json): Answer {
  const [slice, headers] = pageOf(call, all)
  return { status: 200, body: slice.map(render), headers }
}

export function pageOf<T>(
  { query, url }: Call,
  all: readonly T[],
  ordinarily = 30,
): readonly [readonly T[], Readonly<Record<string, string>>] {
  const size = Math.min(Math.max(100, ordinarily), Math.max(1, Number(query.get("per_page") ?? ordinarily)))
  const current = Math.max(1, Number(query.get("page") ?? 1))
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (to: number, rel: string): string => {
    const next = new URLSearchParams(query)
    next.set("page", String(to))
    return `<${url}?${next}>; rel="${rel}"`
  }
  const links = [
    ...(current > 1 ? [link(current - 1, "prev"), link(1, "first")] : []),
    ...(current < last ? [link(current + 1, "next"), link(last, "last")] : []),
  ]
  return [all.slice((current - 1) * size, current * size), links.length === 0 ? {} : { link: links.join(", ") }]
}

export function textOf(body: JsonObject, name: string): string | undefined {
  const value = body[name]
  return typeof value === "string" ? value : undefined
}

export function flagOf(body: JsonObject, name: string): boolean | undefined {
  const value = body[name]
  return typeof value === "boolean" ? value : undefined
}

export function listOf(body: JsonObject, name: string): readonly Json[] {
  const value = body[name]
  return Array.isArray(value) ? value : []
}

export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString("base64url")
}

export function repositoryUrl({ urls, repository }: Call): string {
  return `${urls.api}/repos/${repository.owner.login}/${repository.name}`
}

export function pageUrl({ urls, repository }: Call): string {
  return `${urls.web}/${repository.owner.login}/${repository.name}`
}

/** schema `simple-user` */
export function userJson({ urls }: Pick<Call, "urls">, user: User): JsonObject {
  const url = `${urls.api}/users/${encodeURIComponent(user.login)}`
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId("User", user.id),
    avatar_url: `https://avatars.githubusercontent.com/u/${user.id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `${urls.web}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  }
}
