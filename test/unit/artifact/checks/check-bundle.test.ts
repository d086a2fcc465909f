import { beforeAll, describe, expect, it } from "vitest"
import { assembleBundle } from "../../../../src/artifact/bundle.ts"
import { checkBundle } from "../../../../src/artifact/checks/check-bundle.ts"
import { completeBundle } from "../../../../src/artifact/complete.ts"
import { encodePem } from "../../../../src/artifact/pem.ts"
import { CLIENTS, type Client } from "../../../../src/domain/clients.ts"
import { FINDING_RULES } from "../../../../src/domain/finding-rules.ts"
import type { Finding } from "../../../../src/domain/findings.ts"
import { sampleBundle } from "../../../support/bundle.ts"
import { type GoodBundle, makeGoodBundle, mutations } from "../../../support/mutations.ts"

let good: GoodBundle
beforeAll(async () => {
  good = await makeGoodBundle()
})

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
    const complete = completeBundle(zip, key, undefined, length => new Uint8Array(length).fill(1))
    expect(checkBundle(complete, contents.createdAt)).toEqual([])
  })
})

describe("a bundle with one fault", () => {
  it.each(mutations.map(mutation => [mutation.row, mutation.name, mutation] as const))("%s: %s", (_, __, mutation) => {
    const findings = checkBundle(mutation.mutate(good), good.now)
    expect({ ...verdict(findings), findings }).toMatchObject({
      rows: [mutation.row],
      severity: mutation.severity ?? FINDING_RULES[mutation.row].severity,
      breaks: clientsOf(mutation.breaks),
    })
  })
})
