import { createPrivateKey } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { assembleBundle } from "../../../../src/artifact/bundle.ts"
import { checkBundle } from "../../../../src/artifact/checks/check-bundle.ts"
import { completeBundle } from "../../../../src/artifact/complete.ts"
import { oid } from "../../../../src/artifact/der.ts"
import { encodePem } from "../../../../src/artifact/pem.ts"
import { CLIENTS, type Client } from "../../../../src/domain/clients.ts"
import type { Finding } from "../../../../src/domain/findings.ts"
import { type Instant, later } from "../../../../src/domain/instant.ts"
import { BUNDLE_RULES } from "../../../../src/domain/rules/bundle-rules.ts"
import { FINDING_RULES } from "../../../../src/domain/rules/finding-rules.ts"
import { astraBundle } from "../../../support/astra-bundle.ts"
import { sampleBundle } from "../../../support/bundle.ts"
import { type GoodBundle, type Mutation, makeGoodBundle, mutations, replaced } from "../../../support/mutations.ts"
import { buildZip } from "../../../support/zip.ts"

let good: GoodBundle
let astra: Uint8Array
beforeAll(async () => {
  good = await makeGoodBundle()
  astra = (await astraBundle(good.now)).pack()
})

const checked = new Map<Mutation, readonly Finding[]>()

/** Of one mutation, checked once. */
function findingsOf(mutation: Mutation): readonly Finding[] {
  const findings = checked.get(mutation) ?? checkBundle(mutation.mutate(good), good.now)
  checked.set(mutation, findings)
  return findings
}

/** What the findings say together: the rows, the worst severity, everybody whom they break. */
function verdict(findings: readonly Finding[]): object {
  return {
    rows: [...new Set(findings.map(each => each.code))],
    severity: (["error", "warning", "note"] as const).find(level => findings.some(each => each.severity === level)),
    breaks: clientsOf(findings.flatMap(each => each.breaks ?? [])),
  }
}

function clientsOf(clients: readonly Client[]): readonly Client[] {
  return CLIENTS.filter(client => clients.includes(client))
}

describe("a good bundle", () => {
  it.each(["P-256", "P-384", "RSA-2048"] as const)("has no finding with %s", async algorithm => {
    const { contents } = await sampleBundle({ algorithm })
    expect(checkBundle(assembleBundle(contents).zip, contents.createdAt)).toEqual([])
  })

  it("waits for the key of its owner, and has no finding when that is put in", async () => {
    const { contents, client } = await sampleBundle({ keySource: "csr" })
    const { zip } = assembleBundle(contents)
    const findings = checkBundle(zip, contents.createdAt)
    expect(findings).toMatchObject([{ code: "Z5", severity: "note" }])
    expect(findings[0]?.breaks).toEqual(CLIENTS)
    const key = encodePem("PRIVATE KEY", client.privateKey)
    const complete = completeBundle(zip, key, undefined)
    expect(checkBundle(complete, contents.createdAt)).toEqual([])
  })
})

describe("a bundle with one fault", () => {
  it.each(mutations.map(mutation => [mutation.row, mutation.name, mutation] as const))("%s: %s", (_, __, mutation) => {
    const findings = findingsOf(mutation)
    expect({ ...verdict(findings), findings }).toMatchObject({
      rows: [mutation.row],
      severity: mutation.severity ?? FINDING_RULES[mutation.row].severity,
      breaks: clientsOf(mutation.breaks),
    })
  })
})

describe("a bundle of somebody else", () => {
  it("as Astra makes them has nothing but advice: ten years, RC2-40", () => {
    const findings = checkBundle(astra, good.now)
    expect(findings.map(each => [each.code, each.severity, each.subject])).toEqual([
      ["K7", "warning", "cert"],
      ["P2", "warning", "cert.pfx"],
    ])
  })

  it("without cqlshrc, as IBM Cloud made them, has one warning", () => {
    const findings = checkBundle(replaced(good, { cqlshrc: undefined }), good.now)
    expect(findings).toMatchObject([{ code: "Z5", severity: "warning", breaks: ["cqlsh"] }])
  })

  it("is read with deflated entries, data descriptors, ZIP64 fields and directory entries", () => {
    const entries = [...good.files].map(([name, data]) => ({ name, data }))
    const fine = [
      entries.map(entry => ({ ...entry, method: 8 })),
      entries.map(entry => ({ ...entry, method: 8, descriptor: "signed" as const })),
      entries.map(entry => ({ ...entry, zip64: true })),
      [{ name: "extra/", data: new Uint8Array(), mode: 0o040755 }, ...entries],
    ]
    expect(fine.map(each => checkBundle(buildZip(each), good.now))).toEqual([[], [], [], []])
  })

  it("may hold its key as PKCS#1 or SEC1, also behind its curve's parameters or twice, and CRLF line ends", () => {
    const key = createPrivateKey({ key: Buffer.from(good.privateKey), format: "der", type: "pkcs8" })
    const sec1 = key.export({ type: "sec1", format: "pem" }).toString()
    const parameters = encodePem("EC PARAMETERS", oid("1.2.840.10045.3.1.7"))
    const cert = Buffer.from(good.files.get("cert") ?? []).toString()
    const fine = [
      { key: sec1 },
      { key: parameters + sec1 },
      { key: sec1 + sec1 },
      { cert: cert.replaceAll("\n", "\r\n") },
    ].map(files =>
      replaced(good, Object.fromEntries(Object.entries(files).map(([name, data]) => [name, Buffer.from(data)]))),
    )
    expect(fine.map(each => checkBundle(each, good.now))).toEqual([[], [], [], []])
  })
})

describe("options", () => {
  it("leave out what breaks none of the clients asked for", () => {
    const zip = replaced(good, { "identity.jks": undefined, "cert.pfx": undefined })
    const breaks = (clients: readonly Client[]) => checkBundle(zip, good.now, { clients }).map(each => each.subject)
    expect(breaks(["java"])).toEqual(["identity.jks"])
    expect(breaks(["csharp", "java3"])).toEqual(["cert.pfx", "identity.jks"])
    expect(breaks(["nodejs", "cpp"])).toEqual([])
  })

  it("keep advice that concerns nobody in particular", () => {
    expect(checkBundle(astra, good.now, { clients: ["nodejs"] }).map(each => each.code)).toEqual(["K7"])
  })

  it("set the longest life that goes without remark", () => {
    const rows = (maximumLifetimeDays: number) =>
      checkBundle(astra, good.now, { maximumLifetimeDays }).map(each => each.code)
    expect(rows(4000)).toEqual(["P2"])
    expect(checkBundle(good.zip, good.now, { maximumLifetimeDays: 30 })).toMatchObject([
      { code: "K7", severity: "warning", breaks: [] },
    ])
  })

  it("name the server's client CA, which makes an unknown one an error for all", () => {
    const { root, issuer } = good.pki
    const verdictOf = (serverClientCa: readonly Uint8Array[]) => checkBundle(good.zip, good.now, { serverClientCa })
    expect(verdictOf([root.certificate])).toEqual([])
    expect(verdictOf([issuer.certificate])).toEqual([])
    expect(verdictOf([good.stranger.root.certificate])).toMatchObject([
      { code: "K6", severity: "error", breaks: CLIENTS },
    ])
  })
})

describe("time", () => {
  it("is what the caller says it is", () => {
    const days = (count: number) => later(good.now, count * 86_400_000)
    const rows = (at: Instant) => checkBundle(good.zip, at).map(each => `${each.code} ${each.severity}`)
    expect(rows(days(59))).toEqual([])
    expect(rows(days(61))).toEqual(["K7 warning"])
    expect(rows(days(91))).toEqual(["K7 error"])
    // The leaf, its issuer and the root begin together.
    expect(rows(days(-2))).toEqual(["K7 error", "K7 error", "K7 error"])
  })
})

describe("findings", () => {
  it("hold no password and no key, whatever is wrong", () => {
    const secrets = [...Object.values(good.passwords), Buffer.from(good.privateKey).toString("base64").slice(40, 80)]
    const said = mutations.map(mutation => JSON.stringify(findingsOf(mutation))).join("\n")
    expect(secrets.filter(secret => said.includes(secret))).toEqual([])
    expect(said).not.toContain("another-one")
  })

  it("are plain text, whatever the names in the archive are", () => {
    const zip = buildZip([{ name: "\u001b[2Jevil\u202e", data: new Uint8Array(), method: 12 }])
    expect(JSON.parse(JSON.stringify(checkBundle(zip, good.now)))).toSatisfy((findings: readonly Finding[]) =>
      findings.every(({ subject, message }) => /^[ -~]*$/.test(subject + message)),
    )
  })

  it("cover every row", () => {
    expect(new Set(mutations.map(mutation => mutation.row))).toEqual(new Set(Object.keys(BUNDLE_RULES)))
  })
})
