import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openShell, type Shell } from "../support/cli.ts"
import { git, newRepository } from "../support/git.ts"

let shell: Shell
beforeAll(() => {
  shell = openShell()
})
afterAll(() => shell.remove())

const COMMIT = "0123456789abcdef0123456789abcdef01234567"
const OPTIONS = [
  "--github=acme/bundles",
  "--repository-id=7654321",
  "--approver=Ada=583231",
  "--approver=bob=9919",
  "--approver=cleo=42",
  `--scb=acme/scb@${COMMIT}#v1.2.3`,
]

describe("scb init --github", () => {
  it("adds to a clone what a bundle repository needs, and twice the same", async () => {
    const folder = join(shell.folder, "bundles")
    newRepository(folder)
    writeFileSync(join(folder, "README.md"), "# ours\n")
    const first = await shell.scb(["init", "bundles", ...OPTIONS])
    expect([first.code, first.stderr]).toEqual([0, ""])
    expect(first.stdout).toContain("kept README.md, which says something else\n")
    const distribution = readFileSync(join(folder, "policies/distribution.yaml"), "utf8")
    expect(distribution).toContain("kind: github\n  repository: acme/bundles\n  repositoryId: 7654321 #")
    const people = readFileSync(join(folder, "policies/people.yaml"), "utf8")
    expect(people).toContain("  - name: ada\n    kind: person\n    github: 583231\n    login: Ada\n")
    expect(readdirSync(join(folder, ".github/workflows")).sort()).toEqual([
      "check.yml",
      "emergency.yml",
      "publish.yml",
      "reconcile.yml",
    ])
    const before = git(folder, "status", "--porcelain", "--untracked-files=all")
    const second = await shell.scb(["init", "bundles", ...OPTIONS])
    expect([second.code, second.stdout.split("\n")[0]]).toEqual([0, `added ${folder}: 0 files, for you to commit`])
    expect(git(folder, "status", "--porcelain", "--untracked-files=all")).toBe(before)
  })

  it("pins the program in every workflow to the commit that was given", async () => {
    const folder = join(shell.folder, "bundles/.github/workflows")
    for (const name of readdirSync(folder)) {
      const uses = readFileSync(join(folder, name), "utf8").match(/setup-scb@.*$/gm) ?? []
      expect([name, uses.filter(line => line !== `setup-scb@${COMMIT} # v1.2.3`)]).toEqual([name, []])
      expect(readFileSync(join(folder, name), "utf8")).not.toContain("scb-owner")
    }
  })

  it("starts with policies in which only keys and certificates are missing", async () => {
    const { stdout } = await shell.scb(["validate", "--repo", "bundles", "--format", "json"])
    const codes = JSON.parse(stdout).findings.map(({ code }: { code: string }) => code)
    expect([...new Set(codes)].sort()).toEqual(["R05"])
  })

  it("adds GitHub's files alone to a repository that has been started", async () => {
    expect((await shell.scb(["init", "started", "--demo"])).code).toBe(0)
    const { code, stdout } = await shell.scb(["init", "started", ...OPTIONS, "--format", "json"])
    const { files, next } = JSON.parse(stdout)
    expect(next[0]).toContain("write policies/approvals.yaml")
    expect([code, files.filter((path: string) => !path.startsWith(".github/"))]).toEqual([0, []])
    expect(git(join(shell.folder, "started"), "status", "--porcelain")).toBe("?? .github/")
  })

  it("writes nothing with --dry-run", async () => {
    mkdirSync(join(shell.folder, "dry"))
    const { code, stdout } = await shell.scb(["init", "dry", ...OPTIONS, "--dry-run"])
    expect([code, readdirSync(join(shell.folder, "dry"))]).toEqual([0, []])
    expect(stdout).toContain(".github/workflows/publish.yml")
  })

  it.each([
    ["--approver", OPTIONS.filter(each => !/bob|cleo/.test(each)), "--approver: expected two people at least, got 1"],
    ["--scb", [...OPTIONS, "--scb=acme/scb@v1"], "--scb: expected <owner>/<name>@<40 hexadecimal digits>"],
    ["--repository-id", [...OPTIONS, "--repository-id=x"], "--repository-id: expected a whole number"],
    ["--github", [...OPTIONS, "--github=acme"], "--github: expected <owner>/<name>"],
  ])("wants %s as it is", async (_option, options, message) => {
    const { code, stderr } = await shell.scb(["init", "wrong", ...options])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
