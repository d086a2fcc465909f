import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { CATALOG_INDEX } from "../../src/ports.ts"
import { type Gnupg, openGnupg } from "../support/gnupg.ts"
import { makePki } from "../support/pki.ts"
import { BUNDLE, makePublisher, type Publisher } from "../support/published.ts"
import { hasTool } from "../support/tools.ts"

const TOOLS = ["gpg", "sha256sum", "unzip", "openssl"]

/** The commands of docs/verification.md, for people who do not run scb. */
function documentedCommands(): string {
  const page = readFileSync(new URL("../../docs/verification.md", import.meta.url), "utf8")
  const block = /<!-- test\/interop\/verification\.test\.ts [^\n]*-->\n```sh\n([\s\S]+?)```/.exec(page)?.[1]
  if (block === undefined) throw new Error("docs/verification.md has no block of commands")
  return block
}

describe.runIf(TOOLS.every(hasTool))("verification by hand", () => {
  let publisher: Publisher
  let gpg: Gnupg
  let folder: string

  beforeAll(async () => {
    gpg = openGnupg()
    // the tools read the clock
    const now = instantFromMillis(Date.now())
    publisher = await makePublisher()
    await publisher.release({ at: now, leaf: await (await makePki({ now })).client() })
    await publisher.catalog({ at: now })
    gpg.import(publisher.signerKey.publicKeyArmored)
    gpg.import(publisher.alice.privateKeyArmored)
    folder = join(gpg.home, "release")
    mkdirSync(folder)
    const prefix = `releases/${BUNDLE}/1.0.0/`
    for (const [path, data] of publisher.releases.files) {
      if (path.startsWith(prefix)) writeFileSync(join(folder, path.slice(prefix.length)), data)
    }
  })
  afterAll(() => gpg.close())

  const run = (commands: string) =>
    spawnSync("sh", ["-e", "-c", commands], {
      cwd: folder,
      env: { ...process.env, GNUPGHOME: gpg.home, LC_ALL: "C" },
      encoding: "utf8",
    })

  it("accepts a good release with the documented commands", () => {
    const { status, stdout, stderr } = run(documentedCommands())
    expect(`${stdout}${stderr}`.match(/Good signature from "release <release@example.com>"/g)).toHaveLength(2)
    expect(stderr).toContain("Primary key fingerprint")
    expect(stdout).toContain("OK")
    expect(status, stderr).toBe(0)
  })

  it("refuses a changed payload, and a manifest that was changed to fit it", () => {
    const name = "secure-connect-checkout-payments-prod.zip.gpg"
    const payload = readFileSync(join(folder, name))
    writeFileSync(join(folder, name), Buffer.concat([payload.subarray(0, -1), Buffer.of(0)]))
    expect(run(documentedCommands()).stdout).toContain(`${name}: FAILED`)
    writeFileSync(join(folder, name), payload)

    const manifest = readFileSync(join(folder, "manifest.json"), "utf8")
    writeFileSync(join(folder, "manifest.json"), manifest.replace('"1.0.0"', '"1.0.1"'))
    const sums = run("sha256sum manifest.json manifest.json.asc *.gpg > SHA256SUMS")
    expect(sums.status).toBe(0)
    expect(run(documentedCommands()).stderr).toContain("BAD signature")
  })

  it("verifies the catalog with gpg", () => {
    const index = publisher.releases.files.get(CATALOG_INDEX) ?? ""
    const signature = publisher.releases.files.get(`${CATALOG_INDEX}.asc`) ?? ""
    const { status } = gpg.run(["--verify", gpg.file("index.json.asc", signature), gpg.file("index.json", index)])
    expect(status).toContain(`VALIDSIG ${publisher.signerKey.fingerprint}`)
  })
})
