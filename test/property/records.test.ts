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
import { parseYamlText, RESERVED_KEYS, yamlText } from "../../src/schema/yaml-text.ts"
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
/** Without those that mean something else to YAML or to JavaScript, which the reader refuses. */
const key = text.filter(each => !RESERVED_KEYS.has(each) && each !== "<<")

/** Where the quick reader gives a value, every reader would, and it would be written so. */
function expectInverse(text: string): void {
  const read = parseYamlText(text)
  if (read === undefined) return
  expect(read).toEqual(parse(text, { version: "1.2", schema: "core" }))
  expect(yamlText(read as { readonly [key: string]: Json })).toBe(text)
}

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
    const pieces = fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom('"', "\n", "  ", "- ", ": ", "version", '"a"', "1:"),
    )
    fc.assert(
      fc.property(ledgerState, fc.nat(), fc.nat(12), pieces, (state, place, length, piece) => {
        const [text = ""] = [...formatLedger(state).values()].slice(-1)
        const start = place % text.length
        expectInverse(text.slice(0, start) + piece + text.slice(start + length))
      }),
      { numRuns: 500 },
    )
  })

  it("neither is text of ours with lines out, twice, or in other places", () => {
    fc.assert(
      fc.property(ledgerState, fc.nat(), fc.nat(4), fc.nat(), (state, from, count, to) => {
        const [text = ""] = [...formatLedger(state).values()].slice(-1)
        const lines = text.split("\n").slice(0, -1)
        const moved = lines.slice(from % lines.length, (from % lines.length) + count)
        const place = to % lines.length
        const changed = [...lines.slice(0, place), ...moved, ...lines.slice(place + (to % 3))]
        expectInverse(`${changed.join("\n")}\n`)
      }),
      { numRuns: 500 },
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
