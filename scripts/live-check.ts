/**
 * `npm run live-check -- --repository OWNER/CANARY`: asks the real GitHub and the imitation that our tests use the same
 * questions, and says where the answers differ. It writes to the repository: make an empty one for it.
 */
import { parseArgs } from "node:util"
import { proxySettings, secureFetch } from "../src/adapters/secure-fetch.ts"
import { type FakeGithub, startFakeGithub } from "../test/support/github/server.ts"
import { renderOutcome, renderSummary } from "./live-check/render.ts"
import { compareSides, listQuestions, type Side } from "./live-check/run.ts"

const USAGE = `Usage: GITHUB_TOKEN=… npm run live-check -- --repository OWNER/NAME [--dry-run] [--yes] [--format text|json]

  --repository OWNER/NAME  an empty repository with one commit, made for this; releases and branches are made in it
  --dry-run                list what would be asked, and ask nothing
  --yes                    although the repository has releases already
  --format json            the outcome as JSON

Ends with 0 when nothing differs that matters, 1 when something does, 2 for a wrong command line, 3 without an answer.
`

const OPTIONS = {
  repository: { type: "string" },
  "dry-run": { type: "boolean" },
  yes: { type: "boolean" },
  format: { type: "string", default: "text" },
  help: { type: "boolean" },
} as const
process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`live-check: ${error instanceof Error ? error.message : String(error)}\n`)
  return 3
})

async function main(): Promise<number> {
  const values = readArguments()
  if (values === undefined) return 2
  const { repository, format } = values
  if (values.help === true) {
    process.stdout.write(USAGE)
    return 0
  }
  if (values["dry-run"] === true) {
    process.stdout.write(`${listQuestions().join("\n")}\n`)
    return 0
  }
  const token = process.env["GITHUB_TOKEN"] ?? ""
  if (repository === undefined || !/^[\w-]+\/[\w.-]+$/.test(repository)) {
    return refuse(`--repository: expected OWNER/NAME, got ${JSON.stringify(repository ?? "")}`)
  }
  if (token === "") return refuse("GITHUB_TOKEN is not set")
  const real: Side = {
    fetch: secureFetch({
      hosts: ["api.github.com", "uploads.github.com", "release-assets.githubusercontent.com"],
      proxy: proxySettings(process.env),
    }),
    api: "https://api.github.com",
    repository,
    token,
  }
  if (values.yes !== true && !(await isFresh(real))) {
    process.stderr.write(`live-check: ${repository} has releases: make an empty repository, or say --yes\n`)
    return 2
  }
  const fake = await startFakeGithub({})
  try {
    const imitation = await imitationOf(fake, repository)
    const style = { color: process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" }
    const label = `live-check-${new Date().toISOString().replaceAll(/\D/g, "")}`
    const show =
      format === "json"
        ? () => {}
        : (each: Parameters<typeof renderOutcome>[0]) => void process.stdout.write(renderOutcome(each, style))
    const outcomes = await compareSides(real, imitation, label, show)
    process.stdout.write(
      format === "json" ? `${JSON.stringify(outcomes, undefined, 2)}\n` : `\n${renderSummary(outcomes)}`,
    )
    return outcomes.some(({ result }) => result === "drift") ? 1 : 0
  } finally {
    await fake.close()
  }
}

function readArguments() {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    if (values.format === "text" || values.format === "json") return values
    refuse(`--format: expected text or json, got ${JSON.stringify(values.format)}`)
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
  }
  return undefined
}

function refuse(why: string): number {
  process.stderr.write(`live-check: ${why}\n\n${USAGE}`)
  return 2
}

async function isFresh({ fetch, api, repository, token }: Side): Promise<boolean> {
  const headers = {
    authorization: `Bearer ${token}`,
    "user-agent": "scb-live-check",
    "x-github-api-version": "2022-11-28",
  }
  const response = await fetch(`${api}/repos/${repository}/releases?per_page=1`, { headers })
  if (!response.ok) throw new Error(`${repository}: GitHub answers ${response.status}: is the token allowed to see it?`)
  return ((await response.json()) as readonly unknown[]).length === 0
}

async function imitationOf(fake: FakeGithub, repository: string): Promise<Side> {
  const [login = ""] = repository.split("/")
  fake.addUser({ login, token: "imitation" })
  await fake.addRepository(repository as `${string}/${string}`, {
    immutableReleases: true,
    files: { "README.md": "# canary\n" },
  })
  const hosts = Object.values(fake.urls).map(url => new URL(url).host)
  return { fetch: secureFetch({ hosts }), api: fake.urls.api, repository, token: "imitation" }
}
