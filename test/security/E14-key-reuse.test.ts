import { execFileSync } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readRepository } from "../../src/app/read-repository.ts"
import { NOW } from "../support/repository-facts.ts"
import { CSR_BUNDLE, FILES, PLATFORMS, treeOf } from "../support/repository-files.ts"
import { hasTool } from "../support/tools.ts"

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

function request(key: string | Buffer, subject: string): string {
  const folder = mkdtempSync(join(tmpdir(), "csr-"))
  try {
    writeFileSync(join(folder, "key"), key, { mode: 0o600 })
    return execFileSync("openssl", ["req", "-new", "-key", join(folder, "key"), "-subj", subject], { encoding: "utf8" })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
