import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { differences } from "../../../scripts/live-check/compare.ts"
import { QUESTIONS } from "../../../scripts/live-check/questions.ts"
import { compareSides, type Side } from "../../../scripts/live-check/run.ts"
import { type Fetch, secureFetch } from "../../../src/adapters/secure-fetch.ts"
import { type FakeGithub, startFakeGithub } from "../../support/github/server.ts"

const fakes: FakeGithub[] = []

async function side(immutableReleases: boolean, fetch: (own: Fetch) => Fetch = own => own): Promise<Side> {
  const fake = await startFakeGithub({})
  fakes.push(fake)
  fake.addUser({ login: "acme", token: "owner" })
  await fake.addRepository("acme/canary", { immutableReleases, files: { "README.md": "# canary\n" } })
  const hosts = Object.values(fake.urls).map(url => new URL(url).host)
  return { fetch: fetch(secureFetch({ hosts })), api: fake.urls.api, repository: "acme/canary", token: "owner" }
}

let imitation: Side
beforeAll(async () => {
  imitation = await side(true)
})
afterAll(() => Promise.all(fakes.map(fake => fake.close())))

describe("the live check", () => {
  it("finds no difference between two that are alike, and asks everything", async () => {
    const outcomes = await compareSides(await side(true), imitation, "live-check-1")
    expect(outcomes.filter(({ result }) => result !== "same")).toEqual([])
    expect(outcomes).toHaveLength(QUESTIONS.length)
    expect(fakes.flatMap(({ violations }) => violations)).toEqual([])
  })

  it("leaves out what is true of immutable releases where they are not", async () => {
    const outcomes = await compareSides(await side(false), await side(false), "live-check-2")
    expect(outcomes.filter(({ result }) => result === "left out").map(({ name }) => name)).toEqual([
      "upload-after-publishing",
      "taken-back",
      "tag-burned",
    ])
  })

  it("names a rule that GitHub has changed", async () => {
    const lenient = await side(true, own => async (input, init) => {
      const response = await own(input, init)
      const isSecond = String(input).endsWith("/git/refs") && response.status === 422
      return isSecond ? new Response("{}", { status: 201 }) : response
    })
    const outcomes = await compareSides(lenient, await side(true), "live-check-3")
    const drifted = outcomes.filter(({ result }) => result === "drift")
    expect(drifted.map(({ name }) => name)).toEqual(["branch-made-again"])
    expect(drifted[0]?.differences[0]).toEqual({ kind: "drift", what: "status: GitHub 201, imitation 422" })
  })
})

describe("two answers", () => {
  const answer = (status: number, body: unknown) => ({ status, body, headers: {} })

  it("differ in what our code may lean on", () => {
    const found = differences(answer(200, { a: 1 }), answer(200, { a: 1, b: [{ c: null }] }))
    expect(found).toEqual([
      { kind: "drift", what: "only the imitation has .b" },
      { kind: "drift", what: "only the imitation has .b[].c" },
    ])
  })

  it("differ in words and further members only for the curious", () => {
    const found = differences(answer(422, { message: "No", x: 1 }), answer(422, { message: "no" }))
    expect(found.map(({ kind }) => kind)).toEqual(["note", "note"])
  })

  it("differ where they name another error", () => {
    const found = differences(
      answer(422, { errors: [{ code: "custom" }] }),
      answer(422, { errors: [{ code: "invalid" }] }),
    )
    expect(found).toEqual([{ kind: "drift", what: 'error codes: GitHub ["custom"], imitation ["invalid"]' }])
  })
})
