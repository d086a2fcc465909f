import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { IDENTITY } from "../support/bundle.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { bundleFor } from "../support/cloud.ts"
import { type CqlNode, startCqlCluster } from "../support/cql-node.ts"
import { makePki } from "../support/pki.ts"

const HOST = "cassandra.shop-dev.example.com"
const CLUSTER = "demo/bundles/shop-dev/cluster.yaml"
const ID = (index: number) => `aaaaaaaa-0000-4000-8000-00000000000${index}`

let shell: Shell
let env: Environment
let nodes: readonly CqlNode[]
let passwordNodes: readonly CqlNode[]
let original: string

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  original = readFileSync(path(CLUSTER), "utf8")
  const pki = await makePki({ host: HOST, now: instantFromMillis(Date.now()) })
  const tls = {
    datacenter: "dc1",
    certificatePem: pki.server.chainPem,
    keyPem: pki.server.keyPem,
    clientCaPem: pki.root.certificatePem,
  }
  nodes = await startCqlCluster(3, {
    ...tls,
    authentication: { kind: "mutual-tls", roles: { [IDENTITY]: "admin" } },
  })
  passwordNodes = await startCqlCluster(1, {
    ...tls,
    authentication: { kind: "password", passwords: { admin: "test-only" } },
  })
  const client = await pki.client({ identity: IDENTITY })
  writeFileSync(path("admin.zip"), await bundleFor(pki, { metadataPort: 1, cqlPort: 2 }, client))
  writeFileSync(path("admin.crt"), client.chainPem)
  writeFileSync(path("admin.key"), client.keyPem, { mode: 0o600 })
  writeFileSync(path("root.crt"), pki.root.certificatePem)
})
afterAll(async () => {
  await Promise.all([...nodes, ...passwordNodes].map(node => node.stop()))
  shell.remove()
})

const path = (file: string) => join(shell.folder, file)
const contact = (of: readonly CqlNode[] = nodes) => ["--contact", `127.0.0.1:${of[0]?.port}`]
const discover = (args: readonly string[], more: Environment = {}) =>
  shell.scb(["gateway", "discover", "shop-dev", ...args], { in: "demo", env: { ...env, ...more } })

function lines(text: string): readonly string[] {
  return text.split("\n").filter(line => /^[+-] /.test(line))
}

describe("scb gateway discover", () => {
  it("proposes the nodes that the cluster tells of, and changes nothing unasked", async () => {
    const { code, stdout, stderr } = await discover(["--bundle", "../admin.zip", ...contact()])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toMatch(/^--- a\/bundles\/shop-dev\/cluster\.yaml\n\+\+\+ b\/bundles\/shop-dev\/cluster\.yaml\n@@ /)
    expect(lines(stdout).filter(line => line.startsWith("+"))).toEqual([
      `+  - { hostId: ${ID(1)}, address: 10.0.0.1:9042 }`,
      `+  - { hostId: ${ID(2)}, address: 10.0.0.2:9042 }`,
      `+  - { hostId: ${ID(3)}, address: 10.0.0.3:9042 }`,
    ])
    expect(readFileSync(path(CLUSTER), "utf8")).toBe(original)
  })

  it("writes it with --write, after which there is nothing to change and the repository is sound", async () => {
    const args = ["--certificate", "../admin.crt", "--key", "../admin.key", "--ca", "../root.crt", ...contact()]
    expect(await discover([...args, "--write"])).toMatchObject({ code: 0, stderr: "" })
    const written = readFileSync(path(CLUSTER), "utf8")
    expect(written.replace(/^ {2}- .*\n/gm, "")).toBe(original.replace(/^ {2}- .*\n/gm, ""))
    expect(await discover([...args, "--write"])).toMatchObject({
      code: 0,
      stdout: "nothing to change: bundles/shop-dev/cluster.yaml lists 3 nodes\n",
    })
    expect(readFileSync(path(CLUSTER), "utf8")).toBe(written)
    expect((await shell.scb(["validate"], { in: "demo", env })).code).toBe(0)
    writeFileSync(path(CLUSTER), original)
  })

  it("tells machines what would change", async () => {
    const { stdout } = await discover(["--bundle", "../admin.zip", ...contact(), "--format", "json"])
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ kind: "GatewayDiscovery", cluster: "shop-dev", written: false, warnings: [] })
    expect(report.nodes.map((node: { readonly hostId: string }) => node.hostId)).toEqual([ID(1), ID(2), ID(3)])
    expect(report.changes.at(-1)).toEqual({ kind: "added", node: { hostId: ID(3), address: "10.0.0.3:9042" } })
  })

  it("ends with findings when nobody is in the data centre that is written", async () => {
    writeFileSync(path(CLUSTER), original.replace(/^datacenter: \S+/m, "datacenter: elsewhere"))
    const { code, stdout, stderr } = await discover(["--bundle", "../admin.zip", ...contact(), "--write"])
    expect(code).toBe(1)
    expect(stderr).toContain("no node is in the data centre elsewhere: the cluster has dc1")
    expect(stdout).toMatch(/^nothing to change/)
    writeFileSync(path(CLUSTER), original)
  })

  it("logs in where the cluster asks for it", async () => {
    const args = ["--bundle", "../admin.zip", ...contact(passwordNodes)]
    expect(await discover(args)).toMatchObject({ code: 3, stderr: expect.stringContaining("server-refused") })
    expect(await discover(args, { SCB_CQL_USERNAME: "admin", SCB_CQL_PASSWORD: "wrong" })).toMatchObject({ code: 3 })
    const login = { SCB_CQL_USERNAME: "admin", SCB_CQL_PASSWORD: "test-only" }
    expect(await discover(args, login)).toMatchObject({ code: 0 })
    expect(shell.printed()).not.toContain("test-only")
  })

  it.each([
    ["another key", ["--certificate", "../admin.crt", "--key", "../other.key"], "key-mismatch"],
    ["a certificate that is none", ["--certificate", "../admin.key", "--key", "../admin.key"], "key-unreadable"],
    ["a bundle that is none", ["--bundle", "../admin.key"], "bundle-invalid"],
  ])("fails with %s", async (_what, args, code) => {
    const { client } = await makePki({ host: HOST, now: instantFromMillis(Date.now()) })
    writeFileSync(path("other.key"), (await client()).keyPem)
    const failed = await discover([...args, ...contact()], { SCB_PRIVATE_KEY_FILE: undefined })
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringContaining(code) })
  })

  it("fails when nobody answers, and when the server is not of the cluster", async () => {
    expect(await discover(["--bundle", "../admin.zip", "--contact", "127.0.0.1:1"])).toMatchObject({ code: 3 })
    const stranger = ["--certificate", "../admin.crt", "--key", "../admin.key", ...contact()]
    expect(await discover(stranger)).toMatchObject({ code: 3, stderr: expect.stringContaining("server-unreachable") })
  })

  it.each([
    ["nothing to connect with", []],
    ["a key alone", ["--key", "../admin.key"]],
    ["a bundle and a certificate", ["--bundle", "../admin.zip", "--certificate", "../admin.crt"]],
    ["a contact without a port", ["--bundle", "../admin.zip", "--contact", "10.0.0.1"]],
    ["no time", ["--bundle", "../admin.zip", "--timeout", "0"]],
  ])("is wrong usage with %s", async (_what, args) => {
    expect(await discover(args)).toMatchObject({ code: 2, stdout: "" })
  })
})
