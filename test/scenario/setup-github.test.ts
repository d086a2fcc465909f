import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openShell, type Shell } from "../support/cli.ts"
import { git, newRepository } from "../support/git.ts"

/** docs/setup-github.md, as far as it needs no GitHub: its own commands, with names and numbers filled in. */
const PAGE = readFileSync(fileURLToPath(new URL("../../docs/setup-github.md", import.meta.url)), "utf8")

const FILLED_IN: readonly (readonly [RegExp, string])[] = [
  [/"\$\(gh api repos\/\S+ --jq \.id\)"/g, "4711"],
  [/ADA="\$\(gh api users\/ADA --jq \.id\)"/g, "ada=1"],
  [/BOB="\$\(gh api users\/BOB --jq \.id\)"/g, "bob=2"],
  [/CLEO="\$\(gh api users\/CLEO --jq \.id\)"/g, "cleo=3"],
  [/OWNER\/BUNDLES/g, "acme/bundles"],
  [/SCB-OWNER\/scb@COMMIT#VERSION/g, `acme/scb@${"0123456789".repeat(4)}#v1.2.3`],
  [/EXAMPLE\.COM/g, "example.com"],
]

/** Nobody is asked, whatever machine this is. */
const OFFLINE = {
  https_proxy: "http://127.0.0.1:1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
}

interface PageCommand {
  readonly args: readonly string[]
  /** Where its output goes. */
  readonly to?: string
}

/** The commands of the page that begin with `scb`, in their order. */
function commands(verb: string): readonly PageCommand[] {
  const blocks = [...PAGE.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block.replaceAll("\\\n", " "))
  const filled = FILLED_IN.reduce((text, [pattern, value]) => text.replaceAll(pattern, value), blocks.join(""))
  return filled
    .split("\n")
    .filter(line => line.startsWith(`scb ${verb}`))
    .map(line => {
      const [command = "", to] = line.replace(/ &&.*/, "").split(" > ")
      const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "")
      return { args: args.slice(1), ...(to === undefined ? {} : { to: to.trim() }) }
    })
}

let shell: Shell
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  const keys = join(shell.folder, "demo/policies/keys")
  const give = (name: string, from: string) => writeFileSync(join(shell.folder, name), readFileSync(from))
  give("release.asc", join(keys, "release.asc"))
  give("oncall.asc", join(keys, "alice.asc"))
  give("clients-ca.crt", join(shell.folder, "demo/bundles/shop-dev/ca/issuer.crt"))
  give("server-root.crt", join(shell.folder, "demo/bundles/shop-dev/ca/server-root.crt"))
  mkdirSync(join(shell.folder, "BUNDLES"))
  newRepository(join(shell.folder, "BUNDLES"))
})
afterAll(() => shell.remove())

async function run(verb: string): Promise<string> {
  let said = ""
  const found = commands(verb)
  expect(found).not.toEqual([])
  for (const { args, to } of found) {
    const { code, stdout, stderr } = await shell.scb(args, { in: "BUNDLES", env: OFFLINE })
    expect([args.join(" "), code, stderr]).toEqual([args.join(" "), 0, expect.not.stringMatching(/error|scb: /)])
    if (to !== undefined) writeFileSync(join(shell.folder, "BUNDLES", to), stdout)
    said += stderr
  }
  return said
}

it("takes an owner from an empty repository to a request, by the page's own commands", async () => {
  const folder = join(shell.folder, "BUNDLES")
  await run("init")
  await run("settings codeowners")
  expect(readFileSync(join(folder, ".github/CODEOWNERS"), "utf8")).toMatch(/@ada/i)
  await run("validate")
  git(folder, "add", "--all")
  git(folder, "commit", "--quiet", "--message=Start")
  await run("settings ruleset")
  expect(JSON.parse(readFileSync(join(shell.folder, "ruleset.json"), "utf8"))).toMatchObject({ target: "branch" })
  expect(await run("request")).toContain("releases: warning S54: what is published is out of sight")
  expect(git(folder, "branch", "--list", "scb/request-payments-prod-billing")).not.toBe("")
})
