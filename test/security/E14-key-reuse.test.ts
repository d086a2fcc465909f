import { execFileSync } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { readRepository } from "../../src/app/read-repository.ts"
import { later } from "../../src/domain/instant.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { NOW } from "../support/repository-facts.ts"
import { CSR_BUNDLE, FILES, PLATFORMS, treeOf } from "../support/repository-files.ts"
import { hasTool } from "../support/tools.ts"
import { START, testWorld } from "../support/world.ts"

describe.runIf(hasTool("openssl"))("E14: one key for two bundles", () => {
  it("is refused though the two requests differ", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const pem = privateKey.export({ type: "pkcs8", format: "pem" })
    const files = treeOf({
      ...FILES,
      "bundles/prod/reports.csr": request(pem, "/CN=reports"),
      "bundles/prod/zebra.yaml": CSR_BUNDLE.replaceAll("reports", "zebra"),
      "bundles/prod/zebra.csr": request(pem, "/CN=zebra"),
    })
    const { findings } = await readRepository(files, PLATFORMS, NOW)
    expect(findings.filter(finding => finding.code === "R29")).toMatchObject([
      { severity: "error", subject: "prod/zebra", at: { file: "bundles/prod/zebra.yaml", line: 9, column: 26 } },
    ])
  })
})

describe("E14: one key for two versions", () => {
  it("is never made: change and renewal get a key of their own", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit("bundles/shop-dev/checkout.yaml", "keyspace: shop", "keyspace: shop2")
    await applyChange(world)
    await applyChange(world.at(later(START, 31 * 86_400_000)))
    const { bundles } = parseLedger((await world.ledger.read()).files)
    const releases = bundles.get("shop-dev/checkout")?.releases ?? []
    expect(releases.map(release => release.version)).toEqual(["1.0.0", "1.1.0", "1.1.1"])
    expect(new Set(releases.map(release => release.certificate.spkiSha256)).size).toBe(3)
  })
})

function request(key: string | Buffer, subject: string): string {
  const folder = mkdtempSync(join(tmpdir(), "csr-"))
  try {
    writeFileSync(join(folder, "key"), key, { mode: 0o600 })
    return execFileSync("openssl", ["req", "-new", "-key", join(folder, "key"), "-subj", subject], { encoding: "utf8" })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
