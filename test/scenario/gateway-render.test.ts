import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { START } from "../support/world.ts"

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
})
afterAll(() => shell.remove())

const render = (...args: readonly string[]) => shell.scb(["gateway", "render", ...args], { in: "demo", env })
const path = (file: string) => join(shell.folder, file)

const FILES = {
  haproxy: ["haproxy.cfg", "hosts.map", "metadata.json", "clients-ca.crt"],
  nginx: ["nginx.conf", "clients-ca.crt"],
  envoy: ["envoy.yaml", "clients-ca.crt"],
  traefik: ["traefik.yaml", "dynamic.yaml", "metadata-nginx.conf", "clients-ca.crt"],
  cassandra: ["cassandra-scb.yaml", "grant.cql", "revoke.cql", "clients-ca.crt"],
} as const

describe("scb gateway render", () => {
  it.each(Object.entries(FILES))("writes the files for %s, and nothing when it is run again", async (target, names) => {
    const args = ["shop-dev", "--target", target, "--out", `../${target}`, "--format", "json"]
    const first = await render(...args)
    expect(first).toMatchObject({ code: 0, stderr: "" })
    const { files } = JSON.parse(first.stdout)
    expect(files.map((file: { readonly name: string }) => file.name)).toEqual(names)
    for (const { name, content, outcome } of files) {
      expect(outcome).toBe("written")
      expect(readFileSync(path(`${target}/${name}`), "utf8")).toBe(content)
    }
    const inodes = () => names.map(name => statSync(path(`${target}/${name}`)).ino)
    const before = inodes()
    const again = JSON.parse((await render(...args)).stdout)
    expect(again.files.map((file: { readonly outcome: string }) => file.outcome)).toEqual(names.map(() => "unchanged"))
    expect(inodes()).toEqual(before)
    expect(readdirSync(path(target)).sort()).toEqual([...names].sort())
  })

  it("prints them one below the other, each under its name", async () => {
    const { code, stdout } = await render("shop-dev", "--target", "nginx")
    expect(code).toBe(0)
    expect(stdout).toMatch(/^==> nginx\.conf <==\n# nginx /)
    expect(stdout).toContain("\n==> clients-ca.crt <==\n-----BEGIN CERTIFICATE-----")
  })

  it("names what it wrote", async () => {
    const { stdout } = await render("shop-dev", "--target", "envoy", "--out", "../fresh")
    expect(stdout).toBe(`written    ${path("fresh/envoy.yaml")}\nwritten    ${path("fresh/clients-ca.crt")}\n`)
  })

  it.each([
    ["a cluster that there is not", ["nowhere", "--target", "nginx"]],
    ["no target", ["shop-dev"]],
    ["another target", ["shop-dev", "--target", "caddy"]],
    ["a directory that a configuration could not hold", ["shop-dev", "--target", "nginx", "--directory", "/etc/a;b"]],
    ["a relative directory", ["shop-dev", "--target", "nginx", "--directory", "etc"]],
    ["a name to listen on", ["shop-dev", "--target", "nginx", "--listen", "localhost"]],
    ["no time to be idle", ["shop-dev", "--target", "nginx", "--idle-timeout", "0"]],
    ["a node's name that is an address", ["shop-dev", "--target", "haproxy", "--node-name", "10.0.0.1"]],
    ["termination by what passes through", ["shop-dev", "--target", "nginx", "--mode", "terminate"]],
    ["termination of what goes by certificate", ["shop-dev", "--target", "haproxy", "--mode", "terminate"]],
  ])("is wrong usage with %s", async (_what, args) => {
    expect(await render(...args)).toMatchObject({ code: 2, stdout: "" })
  })

  it("terminates where the cluster goes by passwords", async () => {
    const { stdout: list } = await shell.scb(["status", "--format", "json"], { in: "demo", env })
    expect(list).toContain("shop-dev/")
    edit("demo/bundles/shop-dev/cluster.yaml", "authentication: mutual-tls", "authentication: password")
    const { code, stdout } = await render("shop-dev", "--target", "haproxy", "--mode", "terminate")
    expect(code).toBe(0)
    expect(stdout).toContain(" verify required verifyhost cassandra.shop-dev.example.com crt ")
    edit("demo/bundles/shop-dev/cluster.yaml", "authentication: password", "authentication: mutual-tls")
  })

  it("adds the identity of a bundle, and drops it once it is revoked or gone", async () => {
    const cql = async (now = START) => {
      const args = ["gateway", "render", "shop-dev", "--target", "cassandra", "--format", "json"]
      const { stdout } = await shell.scb(args, { in: "demo", env, now })
      expect(JSON.parse(stdout)).toMatchObject({ apiVersion: "scb/v1", kind: "GatewayConfiguration" })
      const files = JSON.parse(stdout).files as readonly { readonly name: string; readonly content: string }[]
      return (name: string) => (files.find(file => file.name === name)?.content ?? "").split("\n")
    }
    const yaml = readFileSync(path("demo/bundles/shop-dev/checkout.yaml"), "utf8")
    const [, identity = ""] = /^identity: (\S+)/m.exec(yaml) ?? []
    const [, role = ""] = /^role: (\S+)/m.exec(yaml) ?? []
    const add = `ADD IDENTITY IF NOT EXISTS '${identity}' TO ROLE '${role}';`
    const drop = `DROP IDENTITY IF EXISTS '${identity}';`

    expect((await cql())("grant.cql")).toContain(add)
    expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
    const applied = await cql()
    expect(applied("grant.cql")).toContain(add)
    expect(applied("revoke.cql")).not.toContain(drop)

    writeFileSync(
      path("demo/bundles/shop-dev/checkout.yaml"),
      `${yaml}versions: { 1.0.0: { revoked: { reason: keyCompromise } } }\n`,
    )
    const revoked = await cql()
    expect(revoked("grant.cql")).not.toContain(add)
    expect(revoked("revoke.cql")).toContain(drop)

    git(path("demo"), "commit", "--quiet", "--all", "--message=revoke")
    const now = later(START, 3_600_000)
    expect((await shell.scb(["apply"], { in: "demo", env, now })).code).toBe(0)
    const replaced = await cql(now)
    expect(replaced("grant.cql")).toContain(add)
    expect(replaced("revoke.cql")).not.toContain(drop)
    expect(replaced("revoke.cql")).toContain(`-- ${drop}`)
  })

  function edit(file: string, before: string, after: string): void {
    const text = readFileSync(path(file), "utf8")
    expect(text).toContain(before)
    writeFileSync(path(file), text.replace(before, after))
  }
})
