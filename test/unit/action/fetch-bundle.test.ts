import { spawnSync } from "node:child_process"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { type Instant, instantFromMillis } from "../../../src/domain/instant.ts"
import { type ActionRun, openRunner, type Runner } from "../../support/built-action.ts"
import { contentOf } from "../../support/child.ts"
import { demoEnvironment, openShell, type Shell } from "../../support/cli.ts"
import { type FakeGithub, startFakeGithub } from "../../support/github/server.ts"
import { publishOnGithub } from "../../support/github-published.ts"

const ACTION = ".github/actions/fetch-bundle"
const BUNDLE = "shop-dev/checkout"

let shell: Shell
let runner: Runner
let inputs: Readonly<Record<string, string>>
const path = (...parts: readonly string[]): string => join(shell.folder, ...parts)

beforeAll(async () => {
  shell = openShell()
  runner = openRunner("fetch-bundle", "bundle/index.mjs")
  const now: Instant = instantFromMillis(Date.now()) // the action reads the clock of the machine
  expect((await shell.scb(["init", "demo", "--demo"], { now })).code).toBe(0)
  const env = demoEnvironment(path("demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env, now })).code).toBe(0)
  inputs = {
    bundle: BUNDLE,
    source: path("demo-releases"),
    trust: path("demo/policies/keys/release.asc"),
    "identity-key": readFileSync(env["SCB_IDENTITY_KEY_FILE"] ?? "", "utf8"),
    "identity-passphrase": env["SCB_IDENTITY_KEY_PASSPHRASE"] ?? "",
  }
})
afterAll(() => {
  runner.remove()
  shell.remove()
})

/** Without the inputs that are undefined. */
function run(changes: Readonly<Record<string, string | undefined>> = {}, env = {}): Promise<ActionRun> {
  const merged = Object.entries({ ...inputs, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return runner.run(Object.fromEntries(merged), env)
}

describe("the action fetch-bundle", () => {
  it("lies there as its sources make it (npm run actions)", () => {
    const { stderr } = spawnSync(process.execPath, ["scripts/build-actions.mjs", "--check"], { encoding: "utf8" })
    expect(stderr).toBe("")
  })

  it("reads the inputs and sets the outputs that action.yml names", () => {
    const action = parse(readFileSync(join(ACTION, "action.yml"), "utf8"))
    const source = readFileSync("src/action/fetch-bundle.ts", "utf8")
    for (const name of Object.keys(action.inputs)) expect(source).toContain(`"${name}"`)
    for (const name of Object.keys(action.outputs)) expect(source).toContain(`setOutput("${name}"`)
    expect(action.runs).toEqual({ using: "node24", main: "bundle/index.mjs" })
  })

  it("writes the bundle for its owner alone, and tells what it is", async () => {
    const { code, outputs, summary, log } = await run()
    expect([code, log.includes("::error")]).toEqual([0, false])
    expect(outputs["version"]).toBe("1.0.0")
    expect(outputs["expires"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const file = outputs["path"] ?? ""
    expect(file.startsWith(runner.folder)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file).subarray(0, 2).toString()).toBe("PK")
    expect(summary).toContain(`\`${BUNDLE}\``)
  })

  it("takes keys as text, one version, several sources and a place to write to", async () => {
    const { code, outputs, stdout } = await run({
      trust: readFileSync(inputs["trust"] ?? "", "utf8"),
      version: "1.0.0",
      output: "out/secure-connect.zip",
      source: `${path("nowhere")}\n${inputs["source"]}`,
    })
    expect([code, outputs["path"]]).toEqual([0, join(runner.folder, "out/secure-connect.zip")])
    expect(stdout).toContain("::warning title=scb::")
  })

  it("fetches from GitHub with the token of the job", async () => {
    const github: FakeGithub = await startFakeGithub({ enterprise: true })
    try {
      github.addToken("job", { login: "github-actions[bot]", permissions: { contents: "write" } })
      const repository = await github.addRepository("acme/bundles", { files: { "README.md": "x\n" } })
      const files = Object.entries(contentOf(path("demo-releases"))).map(
        ([name, text]) => [name, Buffer.from(text, "latin1")] as const,
      )
      await publishOnGithub(github, repository, new Map(files))
      repository.private = true
      github.addToken("ghs_reader", { login: "github-actions[bot]", permissions: { contents: "read" } })
      const server = github.urls.web
      const fetched = await run(
        { source: `github:${server}/acme/bundles`, token: "ghs_reader" },
        { GITHUB_SERVER_URL: server },
      )
      expect([fetched.code, fetched.outputs["version"]]).toEqual([0, "1.0.0"])
      expect(fetched.masks).toContain("ghs_reader")
      expect(github.violations).toEqual([])
    } finally {
      await github.close()
    }
  })

  it.each([
    [{ bundle: "shop-dev/nothing" }, "scb: release-missing"],
    [{ trust: "missing.asc" }, "scb: not-found"],
    [{ "identity-passphrase": "wrong passphrase" }, "scb: key-wrong-passphrase"],
    [{ bundle: "nothing" }, "scb: inputs"],
    [{ "identity-key": undefined }, "scb: inputs"],
    [{ version: "1.0.0", channel: "stable" }, "scb: inputs"],
    [{ source: "http://mirror.example.com" }, "scb: inputs"],
  ])("fails with %o by an annotation titled %s, and writes nothing", async (changes, title) => {
    const { code, outputs, stdout } = await run(changes)
    expect([code, outputs]).toEqual([1, {}])
    expect(stdout).toContain(`::error title=${title.replaceAll(":", "%3A")}::`)
  })
})
