import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseRepository } from "../../src/schema/repository.ts"
import { readYaml } from "../../src/schema/yaml.ts"
import { FILES, treeOf } from "../support/repository-files.ts"

const PIECES = [
  ..."{}[]:,-?&*!|>'\"%@`#~ \n\t",
  "---",
  "<<",
  ": ",
  "- ",
  "a",
  "1.10",
  "NO",
  "\u202E",
  "__proto__",
  "😀",
  "\0",
]
const yamlish = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 40 })
  .map(parts => parts.join(""))

describe("the front door", () => {
  it("gives a document or says why not, whatever the bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      yamlish.map(text => new TextEncoder().encode(text)),
    )
    fc.assert(
      fc.property(bytes, input => {
        const { document, findings } = readYaml("a.yaml", input)
        expect(document !== undefined || findings.length > 0).toBe(true)
        for (const { at } of findings) {
          expect(at?.line).toBeGreaterThan(0)
          expect(at?.column).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it("survives any edit of any file of a good repository", () => {
    const edit = fc.record({
      file: fc.constantFrom(...Object.keys(FILES)),
      place: fc.nat(),
      length: fc.nat(20),
      text: yamlish,
    })
    fc.assert(
      fc.property(edit, ({ file, place, length, text }) => {
        const before = FILES[file as keyof typeof FILES]
        const start = place % before.length
        const after = before.slice(0, start) + text + before.slice(start + length)
        const { repository, findings } = parseRepository(treeOf({ ...FILES, [file]: after }))
        expect(repository !== undefined || findings.some(finding => finding.severity === "error")).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it("never lets a key reach a prototype", () => {
    const keys = fc.constantFrom("__proto__", "constructor", "prototype", "toString", "a")
    fc.assert(
      fc.property(fc.array(keys, { minLength: 1, maxLength: 4 }), path => {
        const text = `${path.map((key, depth) => `${"  ".repeat(depth)}${key}:`).join("\n")} { polluted: true }\n`
        readYaml("a.yaml", new TextEncoder().encode(text))
        expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
        expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined()
      }),
    )
  })
})
