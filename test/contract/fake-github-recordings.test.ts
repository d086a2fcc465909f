import { readFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Recording } from "../../scripts/github-recordings.ts"
import { plant } from "../support/github/seed.ts"
import { type FakeGithub, startFakeGithub } from "../support/github/server.ts"
import { shapeDifferences, shapeOf } from "../support/github/shapes.ts"

const OWNER = "octokit-fixture-org"

interface Recordings {
  readonly header: { readonly source: string }
  readonly scenarios: Readonly<Record<string, readonly Recording[]>>
}

const recordings: Recordings = JSON.parse(
  readFileSync(new URL("../support/github/openapi/recordings.json", import.meta.url), "utf8"),
)

let github: FakeGithub
let commits: readonly string[] = []

beforeEach(async () => {
  github = await startFakeGithub({ demandsVersion: false })
  github.addUser({ login: OWNER, id: 1000, token: "token" })
})

afterEach(async () => {
  const violations = [...github.violations]
  await github.close()
  expect(violations).toEqual([])
})

/** What each scenario found when it was recorded. */
async function prepare(scenario: string): Promise<void> {
  const name = `${OWNER}/${scenario.startsWith("get-") ? "hello-world" : scenario}` as const
  const isEmpty = scenario === "create-file"
  const assets = scenario === "release-assets-conflict" ? { "test-upload.txt": "eA==" } : {}
  const releases = scenario.startsWith("release-") ? [{ repository: name, tag: "v1.0.0", assets }] : []
  await plant(github, {
    repositories: [{ name, ...(isEmpty ? {} : { files: { "README.md": "# hello-world" } }) }],
    releases,
  })
  if (scenario !== "git-refs") return
  const owner = github.person(OWNER, name)
  const first = github.model.repositories.get(name)?.git.ref("refs/heads/main") ?? ""
  // Numbered as in the recording: the head of main, and a commit after it.
  commits = [await owner.push("second", { x: "1" }, { onto: first }), first]
  await github.model.repositories.get(name)?.git.git(["update-ref", "refs/heads/main", commits[0] ?? ""])
}

/** Ids and commits of then are others now. */
function translated(text: string, urls: ReadonlyMap<string, string>): string {
  const known = [...urls].sort(([a], [b]) => b.length - a.length).find(([then]) => text.startsWith(then))
  const moved = known === undefined ? text : known[1] + text.slice(known[0].length)
  return commits.reduce((all, commit, at) => all.replaceAll(String(at + 1).padStart(40, "0"), commit), moved)
}

/** Members that the fake leaves out: today's description does not require them, and nobody here reads them. */
const LEFT_OUT = new Set([
  ".allow_auto_merge",
  ".allow_forking",
  ".allow_update_branch",
  ".closed_by",
  ".is_template",
  ".organization",
  ".performed_via_github_app",
  ".reactions",
  ".temp_clone_token",
  ".use_squash_pr_title_as_default",
  ".web_commit_signoff_required",
])

describe(`answers recorded by ${recordings.header.source}`, () => {
  it.each(Object.keys(recordings.scenarios))("are those of the fake: %s", async scenario => {
    commits = []
    await prepare(scenario)
    const urls = new Map<string, string>()
    for (const { accept, body, error, method, path, shape, status, url } of recordings.scenarios[scenario] ?? []) {
      const isUpload = path.includes("/assets?name=")
      const asked = translated(`https://api.github.com${path}`, urls)
      const type = typeof body === "string" ? "text/plain" : "application/json"
      const response = await fetch(
        asked.replace("https://api.github.com", isUpload ? github.urls.uploads : github.urls.api),
        {
          method,
          headers: { accept, authorization: "token token", "content-type": type, "user-agent": "recordings" },
          ...(body === undefined
            ? {}
            : { body: typeof body === "string" ? body : translated(JSON.stringify(body), new Map()) }),
        },
      )
      const text = await response.text()
      expect([path, response.status]).toEqual([path, status])
      const answer: unknown =
        response.headers.get("content-type")?.includes("raw") || text === "" ? text : JSON.parse(text)
      if (error !== undefined) expect(codesOf(answer)).toEqual(codesOf(error))
      else
        expect(shapeDifferences(shape ?? "string", shapeOf(answer)).filter(place => !LEFT_OUT.has(place))).toEqual([])
      const first: unknown = Array.isArray(answer) ? answer[0] : answer
      if (url !== undefined && typeof first === "object" && first !== null && "url" in first)
        urls.set(url, String(first.url).replace(github.urls.api, "https://api.github.com"))
    }
  })
})

/** Message and coded errors: what clients decide by. */
function codesOf(answer: unknown): unknown {
  const { errors, message } = answer as { readonly errors?: unknown; readonly message: string }
  return errors === undefined ? { message } : { message, errors }
}
