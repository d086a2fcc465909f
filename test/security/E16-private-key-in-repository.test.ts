import { generateKeyPairSync } from "node:crypto"
import { generateKey } from "openpgp"
import { describe, expect, it } from "vitest"
import { readRepository } from "../../src/app/read-repository.ts"
import { renderAnnotations } from "../../src/render/annotations.ts"
import { renderFindingsJson } from "../../src/render/findings-json.ts"
import { renderFindingsText } from "../../src/render/findings-text.ts"
import { renderSarif } from "../../src/render/sarif.ts"
import { NOW } from "../support/repository-facts.ts"
import { FILES, PLATFORMS, treeOf } from "../support/repository-files.ts"

const pkcs8 = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()
const sec1 = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "sec1", format: "pem" })
  .toString()
const encrypted = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "canary" })
  .toString()
const { privateKey: openpgp } = await generateKey({
  type: "ecc",
  curve: "curve25519Legacy",
  userIDs: [{ name: "x" }],
  format: "armored",
})

/** Where the planted key is found, and all that is printed about it. */
async function plant(path: string, text: string) {
  const { findings } = await readRepository(treeOf({ ...FILES, [path]: text }), PLATFORMS, NOW)
  const printed = [
    renderFindingsText(findings, { color: false }),
    renderFindingsJson(findings),
    renderSarif(findings, "0.0.0"),
    renderAnnotations(findings),
  ].join("")
  return { found: findings.filter(finding => finding.code === "R07"), printed }
}

describe("E16: a private key in the repository", () => {
  it.each([
    ["PKCS#8", pkcs8],
    ["SEC1", sec1],
    ["encrypted PKCS#8", encrypted],
    ["OpenPGP", openpgp],
    ["base64 of PEM", Buffer.from(pkcs8).toString("base64")],
    ["base64 of PEM one byte later", Buffer.from(`\n${pkcs8}`).toString("base64")],
    ["base64 of PEM two bytes later", Buffer.from(`\n\n${pkcs8}`).toString("base64")],
    ["PEM after a certificate", `-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n${pkcs8}`],
  ])("is found as %s, in files that are referred to or not", async (_name, key) => {
    for (const path of [
      "bundles/prod/ca/root.crt",
      "policies/keys/alice.asc",
      "bundles/prod/ca/forgotten.pem",
      "bundles/prod/notes",
    ]) {
      const { found } = await plant(path, key)
      expect(found).toMatchObject([{ severity: "error", subject: path }])
    }
  })

  it("is found in YAML, and when the policies cannot be read", async () => {
    const block = `# note\n${pkcs8.replaceAll(/^/gm, "# ")}`
    expect(
      (await plant("bundles/prod/checkout.yaml", `${FILES["bundles/prod/checkout.yaml"]}${block}`)).found,
    ).toHaveLength(1)
    expect((await plant("policies/people.yaml", `a: [\n${block}`)).found).toHaveLength(1)
  })

  it("says the line, and treats the key as stolen", async () => {
    const { found } = await plant("bundles/prod/notes", `one\ntwo\n${pkcs8}`)
    expect(found).toMatchObject([{ at: { file: "bundles/prod/notes", line: 3, column: 1 } }])
    expect(found[0]?.hint).toContain("stolen")
  })

  it("is not shown in any output, wherever it was pasted", async () => {
    const secret = pkcs8.split("\n")[1] ?? ""
    expect(secret.length).toBeGreaterThan(40)
    const yaml = FILES["bundles/prod/cluster.yaml"]
    const places = [
      ["bundles/prod/ca/root.crt", pkcs8],
      ["policies/keys/alice.asc", pkcs8],
      ["bundles/prod/reports.csr", pkcs8],
      ["bundles/prod/cluster.yaml", yaml.replace("env:SCB_CA_KEY", JSON.stringify(pkcs8))],
      ["bundles/prod/cluster.yaml", yaml.replace("env:SCB_CA_KEY", secret)],
      ["bundles/prod/cluster.yaml", yaml.replace("key: env:SCB_CA_KEY", `key: { ${secret}: x }`)],
      ["bundles/prod/cluster.yaml", yaml.replace("region: eu-west-1", `region: ${JSON.stringify(pkcs8)}`)],
      ["bundles/prod/cluster.yaml", yaml.replace("region: eu-west-1", `region: ${secret}`)],
      ["bundles/prod/cluster.yaml", yaml.replace("region: eu-west-1", `region: eu-west-1\n${secret}: x`)],
    ] as const
    for (const [path, text] of places) expect((await plant(path, text)).printed).not.toContain(secret)
  })
})
