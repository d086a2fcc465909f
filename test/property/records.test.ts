import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { ScbError } from "../../src/domain/errors.ts"
import type { Json } from "../../src/domain/json.ts"
import {
  formatBuild,
  formatCatalogIndex,
  formatCatalogShard,
  formatManifest,
  parseBuild,
  parseCatalogIndex,
  parseCatalogShard,
  parseManifest,
} from "../../src/schema/documents.ts"
import { formatLedger, parseLedger } from "../../src/schema/ledger.ts"
import { parseYamlText, yamlText } from "../../src/schema/yaml-text.ts"
import { buildDocument, catalogIndex, catalogShard, ledgerState, manifest } from "../support/records.ts"

const WORDS = [
  "no",
  "Y",
  "on",
  "null",
  "~",
  "1e3",
  "017",
  "0x1f",
  "1_0",
  "12:30",
  "1.10",
  "1.2.3",
  "30d",
  "a: b",
  "- a",
  "#",
  "<<",
  "=",
  "",
  " ",
  "a\nb",
  ".inf",
]
const text = fc.oneof(fc.constantFrom(...WORDS), fc.string(), fc.stringMatching(/^[a-z0-9:._/@ -]{1,12}$/))
const key = text.filter(each => each !== "__proto__" && each !== "<<")

describe("what machines write", () => {
  it("a ledger reads back as it was written, and writes back as it was read", () => {
    fc.assert(
      fc.property(ledgerState, state => {
        const files = formatLedger(state)
        const read = parseLedger(files)
        expect(read).toEqual(state)
        expect(formatLedger(read)).toEqual(files)
      }),
    )
  })

  it("what is written as YAML means the same to every reader of YAML", () => {
    const member = fc.letrec<{ value: Json; list: Json; map: { readonly [key: string]: Json } }>(tie => ({
      value: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.boolean(), fc.constant(null), tie("list"), tie("map")),
      list: fc.array(tie("value"), { maxLength: 4 }),
      map: fc.dictionary(key, tie("value"), { noNullPrototype: true, maxKeys: 4 }),
    })).map
    fc.assert(
      fc.property(member, value => {
        const written = yamlText(value)
        expect(parse(written, { version: "1.2", schema: "core" }) ?? {}).toEqual(value)
        expect(parseYamlText(written)).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it("text that was not written by us is left to a reader of all YAML", () => {
    fc.assert(
      fc.property(ledgerState, fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (state, place, extra) => {
        const [text = ""] = [...formatLedger(state).values()].slice(-1)
        const start = place % text.length
        const edited = text.slice(0, start) + extra + text.slice(start)
        const read = parseYamlText(edited)
        if (read !== undefined) expect(read).toEqual(parse(edited, { version: "1.2", schema: "core" }))
      }),
    )
  })

  it("a manifest reads back as it was written", () => {
    fc.assert(
      fc.property(manifest, value => {
        expect(parseManifest(formatManifest(value))).toEqual(value)
      }),
    )
  })

  it("a catalog index reads back as it was written", () => {
    fc.assert(
      fc.property(catalogIndex, value => {
        expect(parseCatalogIndex(formatCatalogIndex(value))).toEqual(value)
      }),
    )
  })

  it("a catalog shard reads back as it was written", () => {
    fc.assert(
      fc.property(catalogShard, value => {
        expect(parseCatalogShard(formatCatalogShard(value))).toEqual(value)
      }),
    )
  })

  it("a build reads back as it was written, and writes back as it was read", () => {
    fc.assert(
      fc.property(buildDocument, value => {
        const bytes = formatBuild(value)
        expect(parseBuild(bytes)).toEqual(value)
        expect(formatBuild(parseBuild(bytes))).toEqual(bytes)
      }),
    )
  })

  it("a manifest with any byte changed is refused or says something else", () => {
    fc.assert(
      fc.property(manifest, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, flip) => {
        const bytes = formatManifest(value)
        const index = place % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ flip
        const outcome = attempt(() => parseManifest(bytes))
        expect(outcome).not.toEqual(value)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ScbError)
      }),
    )
  })

  it("text of any other kind is refused as corrupt or malformed, never by a crash", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        const bytes = new TextEncoder().encode(text)
        expect(attempt(() => parseManifest(bytes))).toMatchObject({ code: "manifest-malformed" })
        expect(attempt(() => parseBuild(bytes))).toMatchObject({ code: "build-malformed" })
        expect(attempt(() => parseCatalogIndex(bytes))).toMatchObject({ code: "catalog-malformed" })
        expect(attempt(() => parseLedger(new Map([["ledger.yaml", text]])))).toMatchObject({ code: "ledger-corrupt" })
      }),
    )
  })
})

function attempt(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}
