import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readZip } from "../../src/artifact/zip-read.ts"
import { CLIENTS } from "../../src/domain/clients.ts"
import { instantFromMillis, later } from "../../src/domain/instant.ts"
import { astraBundle } from "../support/astra-bundle.ts"
import { openShell, type Shell } from "../support/cli.ts"
import { type Cloud, startCloud } from "../support/cloud.ts"
import { buildZip } from "../support/zip.ts"

const NOW = instantFromMillis(Date.now())

let shell: Shell
let cloud: Cloud
let guarded: Cloud
beforeAll(async () => {
  shell = openShell()
  cloud = await startCloud({ algorithm: "P-256" })
  guarded = await startCloud({
    algorithm: "P-256",
    authentication: { kind: "password", passwords: { checkout: "secret-of-checkout" } },
  })
  copyFileSync(cloud.bundle, path("bundle.zip"))
})
afterAll(async () => {
  shell.remove()
  await Promise.all([cloud.stop(), guarded.stop()])
})

const path = (file: string) => join(shell.folder, file)
const doctor = (file: string, ...more: readonly string[]) =>
  shell.scb(["doctor", file, "--resolve", `${cloud.host}=127.0.0.1`, "--timeout", "2", ...more], { now: NOW })

interface Told {
  readonly kind: string
  readonly drivers: readonly { readonly name: string; readonly verdict: string; readonly says: readonly string[] }[]
  readonly findings: readonly { readonly code: string; readonly cause: string }[]
  readonly likelyCause?: { readonly code: string; readonly mend: string }
  readonly steps: readonly { readonly title: string; readonly outcome: string; readonly millis?: number }[]
  readonly oldFashioned: readonly object[]
}

async function told(file: string, ...more: readonly string[]): Promise<Told & { readonly code: number }> {
  const { code, stdout } = await doctor(file, "--format", "json", ...more)
  return { code, ...JSON.parse(stdout) }
}

/** The bundle with one entry changed. */
function changed(name: string, entry: string, change: (text: string) => string): string {
  const entries = readZip(readFileSync(cloud.bundle)).entries.map(({ name, data = new Uint8Array() }) => ({
    name,
    data: name === entry ? Buffer.from(change(Buffer.from(data).toString())) : data,
  }))
  writeFileSync(path(name), buildZip(entries))
  return name
}

describe("scb doctor of a bundle that works", () => {
  it("finds nothing, ends with 0, and says of every driver that it connects", async () => {
    const { code, stdout, stderr } = await doctor("bundle.zip")
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toContain("no findings")
    expect(stdout.match(/✓ {2}[\w-]+ +connects/g)?.length).toBe(CLIENTS.length)
    expect(stdout).not.toMatch(/✗|\?/)
    expect(stdout).toMatch(/✓ {2}metadata +\d+ ms +TLSv1.3, HTTP 200/)
  })

  it("tells the same to machines", async () => {
    const report = await told("bundle.zip")
    expect(report).toMatchObject({ apiVersion: "scb/v1", kind: "Diagnosis", findings: [], code: 0 })
    expect(report.drivers.map(each => [each.name, each.verdict])).toEqual(CLIENTS.map(name => [name, "connects"]))
    expect(report.steps.slice(1).every(step => typeof step.millis === "number")).toBe(true)
  })

  it("answers for platforms by their clients", async () => {
    const { stdout } = await doctor("bundle.zip", "--drivers", "spark,java")
    expect(stdout).toMatch(/spark \(java\) +connects\n {2}✓ {2}java +connects/)
  })

  it("looks at the file alone with --offline", async () => {
    const report = await told("bundle.zip", "--offline")
    expect(report.drivers.map(each => each.verdict)).toEqual(CLIENTS.map(() => "unknown"))
    expect(report.code).toBe(0)
  })

  it("logs in where that is asked for", async () => {
    copyFileSync(guarded.bundle, path("guarded.zip"))
    expect(await told("guarded.zip")).toMatchObject({
      code: 0,
      findings: [
        { code: "L7", subject: "nodes", cause: "login-wanted" },
        { code: "L7", subject: "proxy", cause: "login-wanted" },
      ],
    })
    const as = (password: string) =>
      shell.scb(
        ["doctor", "guarded.zip", "--resolve", `${cloud.host}=127.0.0.1`, "--username", "checkout", "--format", "json"],
        { now: NOW, env: { SCB_CQL_PASSWORD: password } },
      )
    const right = await as("secret-of-checkout")
    expect([right.code, JSON.parse(right.stdout).findings]).toEqual([0, []])
    const wrong = await as("another-secret")
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.stdout).likelyCause).toMatchObject({ code: "L7" })
    expect(wrong.stdout).not.toContain("another-secret")
  })
})

describe("scb doctor of a bundle that does not", () => {
  it("names the likely cause first, whom it breaks, what they would say, and the mend", async () => {
    changed("port.zip", "config.json", text => text.replace(/"port": (\d+)/, '"port": 1'))
    const { code, stdout } = await doctor("port.zip")
    expect(code).toBe(1)
    expect(stdout).toMatch(/^likely cause\n {2}the metadata service at 127\.0\.0\.1:1 refuses the connection/)
    expect(stdout).toContain("says: Unable to connect to cloud metadata service.")
    expect(stdout).toMatch(/✓ {2}cqlsh +connects/)
  })

  it("goes on to the cluster when the file is at fault", async () => {
    const report = await told(changed("jks.zip", "identity.jks", () => "no store"))
    expect(report.code).toBe(1)
    expect(report.drivers.filter(each => each.verdict === "fails").map(each => each.name)).toEqual(["java", "java3"])
    expect(report.likelyCause).toMatchObject({ code: "J1" })
    expect(report.steps.length).toBeGreaterThan(10)
  })

  it("asks what would be at another time", async () => {
    const { code, stdout } = await shell.scb(
      ["doctor", "bundle.zip", "--resolve", `${cloud.host}=127.0.0.1`, "--format", "json", "--now", "2199-01-01"],
      { now: NOW },
    )
    expect(code).toBe(1)
    expect(JSON.parse(stdout).findings.map((each: { code: string }) => each.code)).toContain("K7")
  })

  it("has an answer in seconds when nobody is there", async () => {
    const start = Date.now()
    const { code, stdout } = await shell.scb(["doctor", "bundle.zip", "--timeout", "1"], { now: NOW })
    expect(code).toBe(1)
    expect(stdout).toContain("L5")
    expect(Date.now() - start).toBeLessThan(10_000)
  })

  it("is no bundle at all", async () => {
    writeFileSync(path("text.zip"), "hello")
    const report = await told("text.zip")
    expect(report.code).toBe(1)
    expect(report.drivers.map(each => each.verdict)).toEqual(CLIENTS.map(() => "fails"))
    expect(report.drivers.find(each => each.name === "java")?.says).toContain(
      "Invalid bundle: missing file config.json",
    )
  })

  it("is of Astra's kind: old-fashioned, and why it works", async () => {
    writeFileSync(path("astra.zip"), (await astraBundle(NOW)).pack())
    const { stdout } = await doctor("astra.zip", "--offline")
    expect(stdout).toContain("old-fashioned, and why it works")
    expect(stdout).toContain("cert.pfx is encrypted with RC2-40")
    expect(stdout).not.toContain("error")
  })
})

describe("scb doctor for machines", () => {
  it("writes JUnit with a case for each driver and each rule", async () => {
    changed("junit.zip", "key", () => "no key")
    const { code, stdout } = await doctor("junit.zip", "--format", "junit", "--drivers", "java,nodejs")
    expect(code).toBe(1)
    expect(stdout).toMatch(/<testsuite name="drivers" tests="2" failures="1" errors="0" skipped="0" time="0\.000">/)
    expect(stdout).toContain('<testcase classname="scb.doctor.drivers" name="java"/>')
    expect(stdout).toMatch(/name="nodejs">\n {6}<failure message="K3 key: /)
  })

  it("watches: a line for each change, and the exit code of the last look", async () => {
    copyFileSync(cloud.bundle, path("watched.zip"))
    const lines: Told[] = []
    let stop = () => {}
    const running = shell.scb(
      ["doctor", "watched.zip", "--resolve", `${cloud.host}=127.0.0.1`, "--format", "json", "--watch", "0.05"],
      {
        now: NOW,
        io: {
          stopRequested: () =>
            new Promise(resolve => {
              stop = resolve
            }),
          stdout: text => {
            lines.push(JSON.parse(String(text)))
            if (lines.length === 1) copyFileSync(path("text.zip"), path("watched.zip"))
            else stop()
          },
        },
      },
    )
    expect((await running).code).toBe(1)
    expect(lines.map(each => each.drivers[0]?.verdict)).toEqual(["connects", "fails"])
  })

  it.each([
    ["--drivers: expected names out of java", "--drivers", "java,fortran"],
    ["--timeout: expected seconds", "--timeout", "soon"],
    ["--timeout: expected more than 0 seconds", "--timeout", "0"],
    ["--resolve: expected NAME=ADDRESS", "--resolve", "cass.example.com"],
    ["--username: expected its password in SCB_CQL_PASSWORD", "--username", "ann"],
    ["--watch: expected --format text or json", "--watch", "--format", "junit"],
  ])("says %s…", async (message, ...options) => {
    const { code, stderr } = await shell.scb(["doctor", "bundle.zip", ...options], { now: later(NOW, 0) })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe("scb verify", () => {
  it("takes the same drivers", async () => {
    changed("verify.zip", "identity.jks", () => "no store")
    const verify = async (drivers: string) =>
      (await shell.scb(["verify", "verify.zip", "--drivers", drivers], { now: NOW })).code
    expect([await verify("spark"), await verify("nodejs,csharp")]).toEqual([1, 0])
  })
})

describe("nothing that was printed", () => {
  it("holds a secret of the bundle", () => {
    const files = new Map(readZip(readFileSync(cloud.bundle)).entries.map(({ name, data }) => [name, data]))
    const { keyStorePassword, trustStorePassword, pfxCertPassword } = JSON.parse(
      Buffer.from(files.get("config.json") ?? []).toString(),
    )
    const key = Buffer.from(files.get("key") ?? [])
      .toString()
      .split("\n")[1]
    const secrets = [keyStorePassword, trustStorePassword, pfxCertPassword, key, "secret-of-checkout"]
    expect(secrets.filter(secret => shell.printed().includes(secret))).toEqual([])
  })
})
