import { afterAll, describe, expect, it } from "vitest"
import { openShell } from "../support/cli.ts"

const shell = openShell()
afterAll(() => shell.remove())

const HELP = "scb <verb> --help shows examples"

describe("a wrong command line", () => {
  it.each([
    [["valdate"], "unknown command 'valdate'", "did you mean validate?"],
    [["gateway", "srve"], "unknown command 'srve'", "did you mean serve?"],
    [["plan", "--formt", "json"], "unknown option '--formt'", "did you mean --format?"],
    [["conjure"], "unknown command 'conjure'", HELP],
    [["build"], "required option '--out <dir>' not specified", HELP],
    [["fetch"], "missing required argument 'cluster/bundle'", HELP],
    [["plan", "now"], "too many arguments for 'plan'. Expected 0 arguments but got 1.", HELP],
  ])("%j is reported once, like all else, with a hint, and ends with 2", async (args, message, hint) => {
    const { code, stdout, stderr } = await shell.scb(args)
    expect([code, stdout, stderr]).toEqual([2, "", `scb: ${message} [usage]\n  hint: ${hint}\n`])
  })

  it("is reported as JSON where that is asked for", async () => {
    const { code, stdout } = await shell.scb(["plan", "--when", "now", "--format", "json"])
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: "scb/v1",
      kind: "Failure",
      error: { code: "usage", message: "unknown option '--when'", hint: HELP },
      findings: [],
    })
  })

  it.each([[[]], [["gateway"]]])("without a verb (%j) shows what there is, and ends with 2", async args => {
    const { code, stdout, stderr } = await shell.scb(args)
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toMatch(/^Usage: scb /)
  })

  it("says how to fetch without a repository", async () => {
    expect(await shell.scb(["fetch", "shop/pay"])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/\[not-a-repository\]\n {2}hint: .*--repo.*--from.*--trust/),
    })
  })

  it("names files that are not there, or are no files", async () => {
    expect(await shell.scb(["inspect", "nowhere.zip"])).toMatchObject({
      code: 3,
      stderr: "scb: nowhere.zip does not exist [not-found]\n",
    })
    expect(await shell.scb(["verify", "."])).toMatchObject({
      code: 3,
      stderr: "scb: . is a folder, expected a file [io]\n",
    })
  })
})
