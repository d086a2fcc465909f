import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  formatCatalogIndex,
  formatCatalogShard,
  formatManifest,
  parseCatalogIndex,
  parseCatalogShard,
  parseManifest,
} from "../../src/schema/documents.ts"
import { TEXTS } from "../../src/schema/texts.ts"
import { catalogIndex, catalogShard, manifest } from "../support/records.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)
const [MANIFEST = ""] = fc.sample(
  manifest.map(value => new TextDecoder().decode(formatManifest(value))),
  { numRuns: 1, seed: 1 },
)
const [INDEX = ""] = fc.sample(
  catalogIndex.map(value => new TextDecoder().decode(formatCatalogIndex(value))),
  { numRuns: 1, seed: 1 },
)
const [SHARD = ""] = fc.sample(
  catalogShard.map(value => new TextDecoder().decode(formatCatalogShard(value))),
  { numRuns: 1, seed: 1 },
)

const DOCUMENTS = [
  ["manifest", parseManifest, MANIFEST, "manifest-malformed"],
  ["catalog index", parseCatalogIndex, INDEX, "catalog-malformed"],
  ["catalog shard", parseCatalogShard, SHARD, "catalog-malformed"],
] as const

describe.each(DOCUMENTS)("E12: hostile JSON as %s", (_name, parse, good, code) => {
  const refusal = (text: string | Uint8Array) => {
    try {
      parse(typeof text === "string" ? bytesOf(text) : text)
      return "accepted"
    } catch (error) {
      return (error as { readonly code?: string }).code
    }
  }

  it("is accepted as it was written", () => expect(refusal(good)).toBe("accepted"))

  it.each([
    ["__proto__", '{\n  "__proto__": { "polluted": true },'],
    ["constructor", '{\n  "constructor": { "prototype": { "polluted": true } },'],
    ["an unknown key", '{\n  "aaa": 1,'],
    ["a key twice", '{\n  "apiVersion": "scb/v1",'],
  ])("is refused with %s", (_key, start) => {
    expect(refusal(good.replace("{", start))).toBe(code)
    expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each([
    ["a byte order mark", `\uFEFF${good}`],
    ["another line end", good.replaceAll("\n", "\r\n")],
    ["no line end", good.trimEnd()],
    ["something behind it", `${good}{}`],
    ["an escaped letter", good.replace('"scb/v1"', '"\\u0073cb/v1"')],
    ["deep nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["deep nesting in a member", good.replace('"scb/v1"', `${"[".repeat(50_000)}${"]".repeat(50_000)}`)],
    ["nothing", ""],
    ["null", "null\n"],
    ["a list", "[]\n"],
    ["text", '"x"\n'],
  ])("is refused with %s", (_name, text) => {
    expect(refusal(text)).toBe(code)
  })

  it("is refused when it is not UTF-8", () => {
    expect(refusal(new Uint8Array([...bytesOf(good), 0xff]))).toBe(code)
  })

  it("is refused when it is huge, before it is read", () => {
    expect(refusal(new Uint8Array((1 << 26) + 1))).toBe(code)
  })

  it("is refused when it speaks of another kind of document", () => {
    for (const [, , other] of DOCUMENTS) if (other !== good) expect(refusal(other)).toBe(code)
  })
})

describe("E12: patterns", () => {
  const SLOW = ["a", "-", ".", "/", "a-", "a.", "./", "0", " a", "::"].map(piece => piece.repeat(50_000))

  it.each(Object.entries(TEXTS))("%s answers at once, whatever the text", (_name, { pattern }) => {
    const expression = new RegExp(pattern, "u")
    const began = performance.now()
    for (const text of SLOW) expression.test(`${text}!\n`)
    expect(performance.now() - began).toBeLessThan(500)
  })
})
