import { describe, expect, it } from "vitest"
import { circuitBreaker } from "../../../../src/adapters/circuit-breaker.ts"
import { type GithubClient, type GithubClientOptions, githubClient } from "../../../../src/adapters/github/client.ts"
import { pace } from "../../../../src/adapters/github/pace.ts"
import { ifThere } from "../../../../src/adapters/github/refusals.ts"
import { type Fetch, unanswered } from "../../../../src/adapters/secure-fetch.ts"
import { githubLimits } from "../../../../src/domain/forge/limits.ts"
import { type VirtualClock, virtualClock } from "../../../support/forge/clock.ts"

const TOKEN = "ghs_CanaryCanaryCanary"
const HERE = { owner: "o", repo: "r" }

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface Desk {
  readonly client: GithubClient
  readonly clock: VirtualClock
  readonly asked: readonly { readonly method: string; readonly url: string; readonly headers: Headers }[]
}

type DeskOptions = Partial<Pick<GithubClientOptions, "token" | "reserve">>

/** One answer after the other, the last one again and again. "lost" is none, "cut" one that ends within. */
function desk(answers: readonly (Answer | "lost" | "cut")[], options: DeskOptions = { token: TOKEN }): Desk {
  const asked: Desk["asked"][number][] = []
  const clock = virtualClock()
  const fetch: Fetch = async (input, init) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? {}
    asked.push({ method: init?.method ?? "", url: String(input), headers: new Headers(init?.headers) })
    if (answer === "lost") throw unanswered(new TypeError("fetch failed"), "github.example.com")
    const { status = 200, headers = {}, body = {} } = answer === "cut" ? {} : answer
    const json = { "content-type": "application/json; charset=utf-8", "x-github-request-id": "AB:12" }
    const content = answer === "cut" ? cutOff('{"id": 1,') : status === 304 ? null : JSON.stringify(body)
    return new Response(content, { status, headers: { ...json, ...headers } })
  }
  const client = githubClient({
    server: "https://github.example.com",
    fetch,
    clock,
    pace: pace(githubLimits(), clock),
    breaker: circuitBreaker("GitHub", { failures: 3, openMillis: 60_000 }, clock.now),
    userAgent: "scb-test",
    ...options,
  })
  return { client, clock, asked }
}

function cutOff(beginning: string): ReadableStream {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode(beginning))
      controller.error(new TypeError("terminated"))
    },
  })
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    error => error,
  )
const millisOf = async (clock: VirtualClock, work: Promise<unknown>): Promise<number> => {
  const before = clock.now()
  await clock.until(work)
  return clock.now() - before
}

describe("a GitHub client", () => {
  it("says who it is and which version of the API it means", async () => {
    const { client, clock, asked } = desk([{ body: { id: 1 } }])
    await clock.until(client.rest.repos.get(HERE))
    expect(asked[0]).toMatchObject({ method: "GET", url: "https://github.example.com/api/v3/repos/o/r" })
    expect(asked[0]?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`)
    expect(asked[0]?.headers.get("x-github-api-version")).toBe("2022-11-28")
    expect(asked[0]?.headers.get("user-agent")).toContain("scb-test")
  })

  it("gives its token to the API alone, whatever address an answer names", async () => {
    const { client, clock, asked } = desk([{}])
    await clock.until(client.request("GET /x", { baseUrl: "https://github.example.com/elsewhere" }))
    expect(asked[0]?.headers.has("authorization")).toBe(false)
  })

  it.each([502, 503, 504])("asks again after %i where asking changes nothing", async status => {
    const { client, clock, asked } = desk([{ status }, { status }, { body: { id: 7 } }])
    const work = client.rest.repos.get(HERE)
    expect(await millisOf(clock, work)).toBe(3_000)
    expect((await work).data.id).toBe(7)
    expect(asked).toHaveLength(3)
  })

  it("gives up after five tries", async () => {
    const { client, clock, asked } = desk([{ status: 502 }])
    expect(await clock.until(failure(client.rest.repos.get(HERE)))).toMatchObject({ code: "forge-unreachable" })
    expect(asked).toHaveLength(5)
  })

  it.each([{ status: 502 }, "lost", "cut"] as const)("never repeats a POST that is answered by %j", async answer => {
    const { client, clock, asked } = desk([answer, { status: 201 }])
    const work = failure(client.rest.issues.create({ ...HERE, title: "t" }))
    expect(await clock.until(work)).toMatchObject({ code: "forge-unreachable" })
    expect(asked).toHaveLength(1)
  })

  it.each(["lost", "cut"] as const)("reads again when the answer is %s", async answer => {
    const { client, clock } = desk([answer, { body: { id: 7 } }])
    expect((await clock.until(client.rest.repos.get(HERE))).data.id).toBe(7)
  })

  it("takes for deleted what it has deleted before the answer was lost", async () => {
    const { client, clock } = desk(["lost", { status: 404, body: { message: "Not Found" } }])
    const work = client.rest.repos.deleteReleaseAsset({ ...HERE, asset_id: 1 })
    expect((await clock.until(work)).status).toBe(204)
  })

  it("does not take for deleted what it could not delete", async () => {
    const limited = { status: 429, headers: { "retry-after": "1" } }
    const { client, clock } = desk([limited, { status: 404, body: { message: "Not Found" } }])
    const work = failure(client.rest.repos.deleteReleaseAsset({ ...HERE, asset_id: 1 }))
    expect(await clock.until(work)).toMatchObject({ code: "forge-refused", status: 404 })
  })

  it("reads for nothing what has not changed", async () => {
    const { client, clock, asked } = desk([{ headers: { etag: '"1"' }, body: { id: 7 } }, { status: 304 }])
    await clock.until(client.rest.repos.get(HERE))
    expect((await clock.until(client.rest.repos.get(HERE))).data.id).toBe(7)
    expect(asked[1]?.headers.get("if-none-match")).toBe('"1"')
  })

  it("tells undefined from an error where nothing is", async () => {
    const { client, clock } = desk([{ status: 404, body: { message: "Not Found" } }])
    expect(await clock.until(ifThere(client.rest.repos.get(HERE)))).toBeUndefined()
  })
})

describe("a GitHub client that is limited", () => {
  const limits: readonly { readonly name: string; readonly answer: Answer; readonly waits: number }[] = [
    { name: "403 with retry-after", answer: { status: 403, headers: { "retry-after": "7" } }, waits: 7_000 },
    { name: "429 with retry-after", answer: { status: 429, headers: { "retry-after": "7" } }, waits: 7_000 },
    { name: "429 without", answer: { status: 429 }, waits: 60_000 },
    {
      name: "403 that speaks of a secondary limit",
      answer: { status: 403, body: { message: "You have exceeded a secondary rate limit." } },
      waits: 60_000,
    },
    {
      name: "403 with nothing left",
      answer: {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Date.UTC(2026, 10, 22, 0, 5) / 1000) },
      },
      waits: 300_000,
    },
  ]

  it.each(limits)("waits as it is told, also to write: $name", async ({ answer, waits }) => {
    const { client, clock, asked } = desk([answer, { status: 201, body: { number: 3 } }])
    const work = client.rest.issues.create({ ...HERE, title: "t" })
    expect(await millisOf(clock, work)).toBe(waits)
    expect((await work).data.number).toBe(3)
    expect(asked).toHaveLength(2)
  })

  it("waits longer each time when nobody says for how long", async () => {
    const { client, clock } = desk([{ status: 429 }, { status: 429 }, {}])
    expect(await millisOf(clock, client.rest.repos.get(HERE))).toBe(60_000 + 120_000)
  })

  it("says when to come back rather than waiting for an hour", async () => {
    const { client, clock, asked } = desk([{ status: 429, headers: { "retry-after": "3600" } }])
    expect(await clock.until(failure(client.rest.repos.get(HERE)))).toMatchObject({
      code: "forge-limited",
      hint: "run it again after 2026-11-22T01:00:00Z",
    })
    expect(asked).toHaveLength(1)
  })

  it("lets nobody else ask meanwhile", async () => {
    const { client, clock, asked } = desk([{ status: 429, headers: { "retry-after": "30" } }, {}])
    const limited = client.rest.repos.get(HERE)
    const other = clock.sleep(1_000).then(() => client.rest.repos.get({ ...HERE, repo: "s" }))
    expect(await millisOf(clock, Promise.all([limited, other]))).toBe(30_000)
    expect(asked).toHaveLength(3)
  })

  const left = (remaining: number): Answer => ({
    headers: {
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(Date.UTC(2026, 10, 22, 0, 30) / 1000),
    },
  })

  it("knows what is left of the hour as soon as GitHub has told", async () => {
    const { client, clock } = desk([left(10), {}])
    expect(client.budget()).toBeUndefined()
    await clock.until(client.rest.repos.get(HERE))
    expect(client.budget()).toEqual({ remaining: 10, resetAt: Date.UTC(2026, 10, 22, 0, 30) })
    await clock.until(client.rest.repos.get(HERE))
    expect(client.budget()?.remaining).toBe(10)
  })

  it("begins nothing that writes where too little is left, and reads on", async () => {
    const { client, clock, asked } = desk([left(10)], { token: TOKEN, reserve: 11 })
    const create = () => client.rest.issues.create({ ...HERE, title: "t" })
    await clock.until(client.rest.repos.get(HERE))
    expect(await clock.until(failure(create()))).toMatchObject({
      code: "forge-limited",
      hint: "run it again after 2026-11-22T00:30:00Z",
    })
    await clock.until(client.rest.repos.get(HERE))
    expect(asked).toHaveLength(2)
    await clock.until(clock.sleep(30 * 60_000))
    await clock.until(create())
    expect(asked).toHaveLength(3)
  })
})

describe("a GitHub client that is refused", () => {
  it("says that the token is no good", async () => {
    const { client, clock } = desk([{ status: 401, body: { message: "Bad credentials" } }])
    expect(await clock.until(failure(client.rest.repos.get(HERE)))).toMatchObject({
      code: "forge-refused",
      status: 401,
      message: "GitHub answers 401 to GET /api/v3/repos/o/r (request AB:12): Bad credentials",
      hint: "the token is expired, revoked or wrong",
    })
  })

  it.each([
    { headers: {}, hint: "if it is there, the token lacks a permission: issues: write" },
    {
      headers: { "x-accepted-github-permissions": "issues=write; pull_requests=write" },
      hint: "if it is there, the token lacks a permission: issues=write; pull_requests=write",
    },
  ])("says which permission is missing: $hint", async ({ headers, hint }) => {
    const { client, clock } = desk([{ status: 403, headers, body: { message: "Resource not accessible" } }])
    const work = failure(client.rest.issues.create({ ...HERE, title: "t" }))
    expect(await clock.until(work)).toMatchObject({ code: "forge-refused", status: 403, hint })
  })

  it("asks for a token where none was given", async () => {
    const { client, clock } = desk([{ status: 404, body: { message: "Not Found" } }], {})
    expect(await clock.until(failure(client.rest.repos.get(HERE)))).toMatchObject({
      hint: "if the repository is private, give a token by SCB_GITHUB_TOKEN or GITHUB_TOKEN",
    })
  })

  it("gives the problems of a 422 as data", async () => {
    const errors = [{ resource: "ReleaseAsset", code: "already_exists", field: "name" }]
    const { client, clock } = desk([{ status: 422, body: { message: "Validation Failed", errors } }])
    const work = failure(client.rest.repos.createRelease({ ...HERE, tag_name: "t" }))
    expect(await clock.until(work)).toMatchObject({ code: "forge-refused", status: 422, problems: errors })
  })

  it("shows neither its token nor the rest of an answer", async () => {
    const body = { message: "Not Found", secret: "of the answer" }
    for (const answer of [{ status: 404, body }, { status: 502, body }, "lost"] as const) {
      const { client, clock } = desk([answer])
      const error = await clock.until(failure(client.rest.repos.createRelease({ ...HERE, tag_name: "t" })))
      expect(allTextOf(error)).not.toMatch(/Canary|of the answer/)
    }
  })
})

describe("a GitHub client without answers", () => {
  it("asks no more for a while, and then once", async () => {
    const { client, clock, asked } = desk(["lost", "lost", "lost", { status: 201 }])
    const create = (): Promise<unknown> => failure(client.rest.issues.create({ ...HERE, title: "t" }))
    for (let time = 0; time < 3; time++) await clock.until(create())
    expect(await clock.until(create())).toMatchObject({ code: "forge-unreachable" })
    expect(asked).toHaveLength(3)
    await clock.until(clock.sleep(60_000))
    expect(await clock.until(create())).toBe("no error")
    expect(asked).toHaveLength(4)
  })
})

/** As a careless logger would print it. */
function allTextOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.stack} ${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${allTextOf(error.cause)}`
}
