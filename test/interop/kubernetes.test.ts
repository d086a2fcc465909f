import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { hasTool, INTEROP_CACHE } from "../support/tools.ts"

const VALIDATE = join(INTEROP_CACHE, "kubernetes/bin/kubernetes-validate")
const PYTHON = join(INTEROP_CACHE, "kubernetes/bin/python")
/** As PyYAML, a reader of YAML 1.1, sees it. */
const DECODE = 'import sys, yaml; print(*yaml.safe_load(open(sys.argv[1]))["data"].values())'
const RECIPES = readFileSync(new URL("../../docs/recipes.md", import.meta.url), "utf8")
const NOW = instantFromMillis(Date.now()) // openssl reads the clock

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"], { now: NOW })).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env, now: NOW })).code).toBe(0)
})

afterAll(() => shell.remove())

async function fetched(bundle: string, file: string, ...args: readonly string[]): Promise<string> {
  const command = ["fetch", bundle, "--out", `../${file}`, ...args]
  const { code, stderr } = await shell.scb(command, { in: "demo", env, now: NOW })
  expect(code, stderr).toBe(0)
  return join(shell.folder, file)
}

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: shell.folder, encoding: "utf8" })
  return { status, stdout, said: `${stdout}${stderr}` }
}

const sh = (command: string) => run("bash", "-euo", "pipefail", "-c", command)

describe.runIf(hasTool(VALIDATE))("the schemas of Kubernetes", () => {
  const VERSIONS = ["1.28", "1.37"]
  const valid = (file: string, version: string) => run(VALIDATE, "--strict", "--kubernetes-version", version, file)

  it.each([
    ["shop-prod/checkout", []],
    ["shop-prod/checkout", ["--namespace", "shop", "--secret-name", "scb.checkout", "--immutable"]],
    ["shop-prod/checkout", ["--encrypted"]],
    ["shop-prod/reporting", []],
  ])("accept the Secret of %s with %j", async (bundle, args) => {
    const file = await fetched(bundle, "secret.yaml", "--output", "secret", ...args)
    for (const version of VERSIONS) expect(valid(file, version)).toMatchObject({ status: 0 })
  })

  it("refuse one whose catalog version is a number", async () => {
    const file = await fetched("shop-prod/checkout", "secret.yaml", "--output", "secret")
    const text = readFileSync(file, "utf8")
    writeFileSync(file, text.replace('catalog-version: "1"', "catalog-version: 1"))
    expect(valid(file, "1.37")).toMatchObject({ status: 1, said: expect.stringContaining("catalog-version") })
  })

  it("accept the Deployment of docs/recipes.md", () => {
    const [, deployment = ""] = /```yaml\n(apiVersion: apps\/v1\n[\s\S]+?)```/.exec(RECIPES) ?? []
    writeFileSync(join(shell.folder, "deployment.yaml"), deployment)
    for (const version of VERSIONS) expect(valid("deployment.yaml", version)).toMatchObject({ status: 0 })
  })
})

describe.runIf(hasTool(PYTHON))("a Secret's one file", () => {
  it.each(["shop-prod/checkout", "shop-prod/reporting"])("of %s is the bundle that drivers open", async bundle => {
    await fetched(bundle, "bundle.zip")
    await fetched(bundle, "secret.yaml", "--output", "secret")
    expect(sh(`"${PYTHON}" -c '${DECODE}' secret.yaml | base64 -d > mounted.zip`)).toMatchObject({ status: 0 })
    expect(sh("cmp bundle.zip mounted.zip && unzip -tq mounted.zip")).toMatchObject({ status: 0 })
    expect(sh("unzip -p mounted.zip cert | openssl x509 -noout -checkend 0 -ext subjectAltName").stdout).toContain(
      `URI:spiffe://example.com/${bundle}`,
    )
  })
})

describe.runIf(["base64", "unzip", "openssl"].every(hasTool))("one line of base64", () => {
  it("is the bundle, as base64, unzip and openssl see it", async () => {
    await fetched("shop-prod/checkout", "bundle.zip")
    await fetched("shop-prod/checkout", "bundle.b64", "--output", "base64")
    expect(sh("wc -l < bundle.b64").stdout.trim()).toBe("1")
    expect(sh("base64 -d bundle.b64 | cmp - bundle.zip")).toMatchObject({ status: 0 })
    const keys =
      "<(unzip -p bundle.zip key | openssl pkey -pubout) <(unzip -p bundle.zip cert | openssl x509 -noout -pubkey)"
    expect(sh(`diff ${keys}`)).toMatchObject({ status: 0 })
  })
})
