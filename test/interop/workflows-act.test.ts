import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ACT } from "../support/act.ts"
import { compiledMain } from "../support/child.ts"
import { demoEnvironment } from "../support/cli.ts"
import { CHECKOUT, type GithubCompany, openCompany, signingSecrets } from "../support/github-company.ts"
import { hasTool } from "../support/tools.ts"

describe.runIf([ACT, "jq", "curl"].every(hasTool))("the workflows of a bundle repository, run by act", () => {
  let folder: string
  let company: GithubCompany
  let secrets: Readonly<Record<string, string>>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scb-workflows-"))
    const scb = (args: readonly string[], cwd: string) => {
      const { status, stderr } = spawnSync(process.execPath, [compiledMain(), ...args], { cwd, encoding: "utf8" })
      if (status !== 0) throw new Error(`scb ${args[0]} ended with ${status}: ${stderr}`)
    }
    scb(["init", join(folder, "demo"), "--demo"], folder)
    secrets = signingSecrets(demoEnvironment(join(folder, "demo-keys")))
    company = await openCompany(folder, join(folder, "demo"), scb)
  })

  afterAll(async () => {
    const violations = [...company.github.violations]
    await company.close()
    rmSync(folder, { recursive: true, force: true })
    expect(violations).toEqual([])
  })

  it("reconcile starts publish where something is due", async () => {
    const { jobs, log } = await company.dispatch("reconcile.yml")
    expect(jobs, log).toEqual({ plan: "success", start: "success", problems: "success" })
    expect(company.repository.dispatches).toMatchObject([{ kind: "workflow", name: "publish.yml", ref: "main" }])
  })

  it("publish says no key, passphrase or token in its log (C14)", async () => {
    const { jobs, log, summary } = await company.publish(secrets)
    expect(jobs, log).toMatchObject({ plan: "success", build: "success", publish: "success", verify: "success" })
    expect(summary).toContain("| release | shop-dev/checkout 1.0.0 | major: first release |")
    const token = company.jobEnvironment["GITHUB_TOKEN"] ?? ""
    const canaries = [...Object.values(secrets), token].flatMap(secret => [
      secret,
      Buffer.from(secret).toString("base64"),
    ])
    const lines = canaries
      .flatMap(canary => canary.split("\n"))
      .filter(line => line.length > 12 && !line.startsWith("-----"))
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter(line => log.includes(line))).toEqual([])
  })

  it("reconcile starts nothing where nothing is due, and finds what people have to look at", async () => {
    const before = company.repository.dispatches.length
    const { jobs, log } = await company.dispatch("reconcile.yml")
    expect(jobs, log).toEqual({ plan: "success", problems: "success" })
    expect(company.repository.dispatches).toHaveLength(before)
  })

  it("emergency writes a revocation on a branch, by the name of who asked, and leaves main to people", async () => {
    const { git } = company.repository
    const main = git.ref("refs/heads/main")
    const inputs = { what: "shop-dev/checkout@1.0.0", reason: "keyCompromise", incident: "INC-12" }
    const { jobs, log, summary } = await company.dispatch("emergency.yml", inputs)
    expect(jobs, log).toEqual({ prepare: "success" })
    const [, branch = ""] = /compare\/main\.\.\.(emergency\/\d+)\?expand=1/.exec(summary) ?? []
    const show = async (...args: readonly string[]) =>
      (await git.git(["show", "--no-patch", ...args, branch])).toString()
    expect(await show("--format=%an <%ae>%n%P")).toBe(`bob <1002+bob@users.noreply.github.com>\n${main}\n`)
    expect((await git.git(["show", `${branch}:${CHECKOUT}`])).toString()).toContain(
      "1.0.0: { revoked: { reason: keyCompromise",
    )
    expect(git.ref("refs/heads/main")).toBe(main)
  })
})
