import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { compiledMain } from "../support/child.ts"
import { demoEnvironment, openShell, type Shell } from "../support/cli.ts"
import { type Gnupg, openGnupg } from "../support/gnupg.ts"
import { hasTool } from "../support/tools.ts"

const PAGE = readFileSync(new URL("../../docs/recipes.md", import.meta.url), "utf8")
const BLOCKS = [...PAGE.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = "", text = ""]) => ({
  language,
  text,
}))
const blocksOf = (language: string) => BLOCKS.filter(block => block.language === language).map(({ text }) => text)

/** What wants a daemon, a cluster with drivers, or half of Maven Central. */
const NOT_RUN = /^docker |^spark-submit |mvn /
/** Stand-ins keep what they were given: ours is what comes out of `scb`. */
const OTHERS = ["kubectl", "sops", "vault", "gh", "systemd-creds"]

describe("the recipes", () => {
  it("are shell, YAML and INI", () => {
    expect(new Set(BLOCKS.map(({ language }) => language))).toEqual(new Set(["sh", "yaml", "ini"]))
  })

  it.each(blocksOf("sh"))("have no error of syntax: %s", text => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" })
    expect(status, stderr).toBe(0)
  })

  it.each(blocksOf("yaml"))("parse: %s", text => expect(parse(text)).toBeTypeOf("object"))

  it.each(blocksOf("ini"))("have sections and settings: %s", text => {
    for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^$|^\[\w+\]$|^\w+=\S/)
  })

  it("run scb in their CI jobs as in their commands", () => {
    const lines = blocksOf("yaml").flatMap(text => text.match(/scb fetch [^\n]+/g) ?? [])
    expect(lines).toHaveLength(2)
    for (const line of lines)
      expect(line).toBe('scb fetch payments-prod/checkout --from releases --trust release.asc --out "$SCB_BUNDLE"')
  })
})

describe.runIf(["gpg", "bash", "base64", "unzip", "cmp"].every(hasTool))("the commands of the recipes", () => {
  let shell: Shell
  let gnupg: Gnupg
  let folder: string
  let env: NodeJS.ProcessEnv
  const file = (name: string): Buffer => readFileSync(join(folder, name))

  beforeAll(async () => {
    shell = openShell()
    const now = instantFromMillis(Date.now()) // the programs read the clock
    expect((await shell.scb(["init", "demo", "--demo"], { now })).code).toBe(0)
    const demo = demoEnvironment(join(shell.folder, "demo-keys"))
    expect((await shell.scb(["apply"], { in: "demo", env: demo, now })).code).toBe(0)

    folder = join(shell.folder, "application")
    const bin = join(shell.folder, "bin")
    for (const each of [folder, bin]) mkdirSync(each)
    cpSync(join(shell.folder, "demo-releases"), join(folder, "releases"), { recursive: true })
    cpSync(join(shell.folder, "demo/policies/keys/release.asc"), join(folder, "release.asc"))
    cpSync(demo["SCB_PRIVATE_KEY_FILE"] ?? "", join(folder, "mine.pem"))
    const program = (name: string, text: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    program("scb", `exec "${process.execPath}" "${compiledMain()}" "$@"`)
    for (const name of OTHERS) program(name, `cat > ${name}.given`)

    gnupg = openGnupg()
    const passphrase = gnupg.file("passphrase", demo["SCB_IDENTITY_KEY_PASSPHRASE"] ?? "")
    gnupg.file("gpg.conf", `batch\npinentry-mode loopback\npassphrase-file ${passphrase}\ntrust-model always\n`)
    gnupg.import(readFileSync(demo["SCB_IDENTITY_KEY_FILE"] ?? "", "utf8"))
    gnupg.import(readFileSync(join(folder, "release.asc"), "utf8"))
    env = {
      PATH: `${bin}:${process.env["PATH"]}`,
      HOME: shell.folder,
      GNUPGHOME: gnupg.home,
      SCB_IDENTITY_KEY_FILE: demo["SCB_IDENTITY_KEY_FILE"],
      SCB_IDENTITY_KEY_PASSPHRASE: demo["SCB_IDENTITY_KEY_PASSPHRASE"],
      SCB_PRIVATE_KEY_PASSPHRASE: demo["SCB_PRIVATE_KEY_PASSPHRASE"],
      FINGERPRINT: "of somebody",
    }
  })

  afterAll(() => {
    gnupg.close()
    shell.remove()
  })

  it.each(blocksOf("sh").filter(text => !NOT_RUN.test(text)))("work: %s", text => {
    const { status, stderr } = spawnSync(
      "bash",
      ["-euo", "pipefail", "-c", text.replaceAll("payments-prod", "shop-prod")],
      {
        cwd: folder,
        env: {
          ...env,
          SCB_BUNDLE_BASE64: text.includes("$SCB_BUNDLE_BASE64") ? file("bundle.b64").toString() : undefined,
        },
        input: "",
        encoding: "utf8",
      },
    )
    expect(status, stderr).toBe(0)
  })

  it("hand to other programs what they are to keep", () => {
    const zip = file("secure-connect.zip")
    expect(file("systemd-creds.given")).toEqual(zip)
    expect(file("from-variable.zip")).toEqual(zip)
    for (const name of ["vault", "gh"]) expect(Buffer.from(file(`${name}.given`).toString(), "base64")).toEqual(zip)
    const secret = parse(file("sops.given").toString())
    expect(secret).toEqual(parse(file("secret.yaml").toString()))
    expect(Buffer.from(secret.data["secure-connect.zip"], "base64")).toEqual(zip)
  })
})
