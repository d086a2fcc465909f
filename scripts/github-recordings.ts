/**
 * `npx tsx scripts/github-recordings.ts`: keeps of GitHub's own recorded answers (npm package @octokit/fixtures) what the
 * fake GitHub is compared with: status, errors as they are, and of other answers the names and types of their members.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Json, matchOperation } from "../test/support/github/contract.ts"
import { type Shape, shapeOf } from "../test/support/github/shapes.ts"

const SOURCE = "@octokit/fixtures@23.1.2"
const SCENARIOS = [
  "add-labels-to-issue",
  "branch-protection",
  "create-file",
  "errors",
  "get-content",
  "get-repository",
  "git-refs",
  "release-assets",
  "release-assets-conflict",
]
const TO = fileURLToPath(new URL("../test/support/github/openapi/recordings.json", import.meta.url))

interface Exchange {
  readonly method: string
  readonly path: string
  readonly reqheaders: Readonly<Record<string, string | number>>
  readonly status: number
  readonly body: Json
  readonly response: Json
}

export interface Recording {
  readonly method: string
  readonly path: string
  readonly accept: string
  readonly body?: Json
  readonly status: number
  /** Of refusals. */
  readonly error?: Json
  /** Of other answers. */
  readonly shape?: Shape
  /** `url` of what was answered, or of the first of several: what later requests of the scenario ask for. */
  readonly url?: string
}

function recordingOf({ body, method, path, reqheaders, response, status }: Exchange): Recording {
  const asked = { method: method.toUpperCase(), path, accept: String(reqheaders["accept"]) }
  const first: unknown = Array.isArray(response) ? response[0] : response
  const url = typeof first === "object" && first !== null && "url" in first ? { url: String(first.url) } : {}
  return {
    ...asked,
    ...(body === "" ? {} : { body }),
    status,
    ...(status >= 400 ? { error: response } : { shape: shapeOf(response), ...url }),
  }
}

const folder = mkdtempSync(join(tmpdir(), "github-recordings-"))
try {
  execFileSync("npm", ["pack", "--silent", SOURCE], { cwd: folder, stdio: "ignore" })
  execFileSync("sh", ["-c", "tar -xzf ./*.tgz"], { cwd: folder })
  const scenarios = SCENARIOS.map(name => {
    const path = join(folder, "package/scenarios/api.github.com", name, "normalized-fixture.json")
    const exchanges: readonly Exchange[] = JSON.parse(readFileSync(path, "utf8"))
    const known = exchanges.filter(({ method, path }) => matchOperation(method.toUpperCase(), path.replace(/\?.*/, "")))
    return `${JSON.stringify(name)}:[\n${known.map(one => JSON.stringify(recordingOf(one))).join(",\n")}\n]`
  })
  const header = {
    source: SOURCE,
    licence: "MIT, Copyright (c) GitHub 2025",
    regenerate: "npx tsx scripts/github-recordings.ts",
  }
  writeFileSync(TO, `{"header":${JSON.stringify(header)},\n"scenarios":{\n${scenarios.join(",\n")}\n}}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
