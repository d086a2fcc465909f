// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of GitHub
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { temporaryDirectory } from "../support/git.ts"
import { openLanguageService, type Validate } from "../support/language-service.ts"
import { hasTool, INTEROP_CACHE } from "../support/tools.ts"
import { ROOT, workflowFiles } from "../support/workflow-files.ts"

const ACTIONLINT = join(INTEROP_CACHE, "actionlint/actionlint")
const ZIZMOR = join(INTEROP_CACHE, "linters/bin/zizmor")
const SHELLCHECK = join(INTEROP_CACHE, "linters/bin/shellcheck")

const files = workflowFiles()
const workflows = files.filter(({ kind }) => kind === "workflow").map(({ path }) => path)
const PUBLISH = "templates/github/workflows/publish.yml"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

/** The workflow that publishes, with a mistake in it, in a repository of its own. */
function planted(from: string, to: string): { readonly folder: string; readonly path: string; readonly text: string } {
  const text = readFileSync(join(ROOT, PUBLISH), "utf8")
  expect(text).toContain(from)
  const path = join(temporary.path, ".github/workflows/publish.yml")
  mkdirSync(dirname(path), { recursive: true })
  const spoilt = text.replace(from, () => to)
  writeFileSync(path, spoilt)
  return { folder: temporary.path, path, text: spoilt }
}

function output(program: string, args: readonly string[], input?: string): string {
  const { stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8", input })
  return stdout + stderr
}

describe.runIf([ACTIONLINT, SHELLCHECK].every(hasTool))("actionlint and shellcheck", () => {
  const lint = (paths: readonly string[]) =>
    output(ACTIONLINT, ["-oneline", "-no-color", "-shellcheck", SHELLCHECK, ...paths])

  it("find nothing in the workflows", () => expect(lint(workflows)).toBe(""))

  it.each([
    ["needs: [build, publish]", "needs: [build, published]", /needs job "published"/],
    ["steps.pack.outputs.digest", "steps.pak.outputs.digest", /property "pak" is not defined/],
    ["runs-on: ubuntu-24.04", "runs-on: ubuntu-2404", /label "ubuntu-2404" is unknown/],
    ['"$RUNNER_TEMP/published"', "$RUNNER_TEMP/published", /SC2086/],
  ])("find %s -> %s", (from, to, message) => expect(lint([planted(from, to).path])).toMatch(message))

  it("shellcheck finds nothing in the steps of actions", () => {
    const scripts = files
      .filter(({ kind }) => kind === "action")
      .flatMap(({ steps }) => steps.flatMap(({ run = [] }) => run))
    expect(scripts.length).toBeGreaterThan(0) // run with -e: what `cd` fails at ends there
    for (const script of scripts)
      expect(output(SHELLCHECK, ["--shell", "bash", "--exclude", "SC2164", "-"], script)).toBe("")
  })

  it("shellcheck finds nothing in the scripts of this repository", () => {
    expect(
      output(SHELLCHECK, ["scripts/setup-interop.sh", "scripts/interop.sh", "scripts/in-namespace.sh", ".ci/run"]),
    ).toBe("")
  })
})

describe.runIf(hasTool(ZIZMOR))("zizmor", () => {
  const audit = (paths: readonly string[]) =>
    JSON.parse(
      spawnSync(ZIZMOR, ["--offline", "--no-progress", "--format", "json", ...paths], { cwd: ROOT, encoding: "utf8" })
        .stdout,
    )
  const idents = (paths: readonly string[]) => audit(paths).map(({ ident }: { readonly ident: string }) => ident)

  it("finds nothing in the workflows, the actions and what updates them", () => {
    expect(idents([".github", "templates/github/dependabot.yml", ...workflows])).toEqual([])
  })

  it.each([
    ["  push:\n", "  pull_request_target:\n", "dangerous-triggers"],
    ["scb build --out", "echo '${{ github.event.head_commit.message }}'; scb build --out", "template-injection"],
    ["          persist-credentials: false\n", "", "artipacked"],
    ["3d3c42e5aac5ba805825da76410c181273ba90b1", "v7", "unpinned-uses"],
    [
      "    permissions:\n      contents: read\n    steps:",
      "    permissions: write-all\n    steps:",
      "excessive-permissions",
    ],
  ])("finds %j -> %j", (from, to, ident) => expect(idents([planted(from, to).path])).toContain(ident))
})

describe("GitHub's language service", () => {
  let validate: Validate
  beforeAll(async () => {
    validate = await openLanguageService()
  })

  it("finds nothing in the workflows and actions", async () => {
    expect((await Promise.all(files.map(({ path, text }) => validate(path, text)))).flat()).toEqual([])
  })

  it.each([
    ["pull-requests: read", "pull-request: read", /Unexpected value 'pull-request'/],
    ["github.ref == 'refs/heads/main'", "github.rev == 'refs/heads/main'", /Context access might be invalid: rev/],
    ["fetch-depth: 0", "fetch-depht: 0", /Invalid action input 'fetch-depht'/],
    ["needs: plan\n", "needs: plans\n", /depends on unknown job 'plans'/],
  ])("finds %s -> %s", async (from, to, message) => {
    expect((await validate(PUBLISH, planted(from, to).text)).join("\n")).toMatch(message)
  })
})
