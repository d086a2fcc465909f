import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readPlainYaml } from "../../src/schema/plain-yaml.ts"
import { readStrictly } from "../../src/schema/yaml.ts"
import { FILES } from "../support/repository-files.ts"

const WORDS = [
  ..."{}[]:,-?&*!|>'\"%@`#~ \n\t\r\\",
  ..."0a.+_",
  ...["---", "...", "<<", ": ", "- ", " #", "{ ", " }", ", ", "true", "null", "NO", "y", "1.10", "1.2.3", "017", "1e3"],
  ...[
    "30d",
    "12:30",
    "2026-11-22T10:00:00Z",
    "spiffe://a/b",
    "__proto__",
    "a: b\n",
    "- a\n",
    "  b: [c, 'd']\n",
    "é",
    "#",
  ],
]
const piece = fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 2 }))
const scalar = fc.constantFrom(
  "a",
  "b-c",
  "1.2.3",
  "7",
  "0",
  "30d",
  "true",
  '"x y"',
  "'NO'",
  '">=1.2 # no"',
  "x y",
  "on",
  "",
)
const inline: fc.Arbitrary<string> = fc.letrec<{ value: string; list: string; map: string }>(tie => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 3 }).map(items => `[${items.join(", ")}]`),
  map: fc
    .uniqueArray(fc.constantFrom("a", "b", "k", "1.0.0", "y"), { maxLength: 2 })
    .chain(keys => fc.tuple(...keys.map(key => tie("value").map(value => `${key}: ${value}`))))
    .map(members => `{ ${members.join(", ")} }`),
})).value
/** Lines that fit each other often, and often do not quite. */
const line = fc
  .tuple(
    fc.constantFrom("", "", "  ", "  ", "    ", " ", "      "),
    fc.constantFrom("", "", "", "- ", "- - ", "-"),
    fc.constantFrom("a:", "b:", "c:", "1.0.0:", "yes:", "", "# c"),
    fc.constantFrom(" ", " ", "  ", ""),
    fc.oneof(fc.constant(""), inline),
    fc.constantFrom("", "", "", " # c", "# c", " "),
  )
  .map(parts => parts.join(""))
const lines = fc.array(line, { maxLength: 8 }).map(each => `${each.join("\n")}\n`)
const edited = fc
  .record({
    file: fc.constantFrom(...yamlFiles()),
    place: fc.nat(),
    length: fc.nat(6),
    text: fc.array(piece, { maxLength: 4 }),
  })
  .map(({ file, place, length, text }) => {
    const start = place % file.length
    return file.slice(0, start) + text.join("") + file.slice(start + length)
  })

function yamlFiles(): readonly string[] {
  return Object.entries(FILES).flatMap(([path, text]) => (path.endsWith(".yaml") ? [text] : []))
}

/** Whether there was anything to compare. */
function expectSameReading(text: string): boolean {
  const value = readPlainYaml(text)
  if (value === undefined) return false
  const { document, findings } = readStrictly("a.yaml", text)
  expect(findings).toEqual([])
  expect(document?.value).toStrictEqual(value)
  expect(JSON.stringify(document?.value)).toBe(JSON.stringify(value))
  return true
}

describe("a value that the quick reader gives", () => {
  it.each([
    ["any text", fc.array(piece, { maxLength: 30 }).map(parts => parts.join("")), 3000],
    ["lines in disorder", lines, 6000],
    ["files that somebody has edited", edited, 1500],
  ] as const)("is the strict reader's, which finds nothing wrong: %s", (_name, texts, numRuns) => {
    fc.assert(
      fc.property(texts, text => void expectSameReading(text)),
      { numRuns },
    )
  })

  it("is there for files as people write them", () => {
    const text = `# what this is
apiVersion: scb/v1
name: shop # must equal the file
drivers: [nodejs, 'java', "python"]

key: { algorithm: P-256, source: generated }
stages: [{ percent: 10, for: 1d }, { percent: 100 }]
channels:
  # two
  stable: { follow: candidate }
owners:
  - name: a
    since: 2026-11-22T10:00:00Z
  - b
port: 9042
open: false
`
    expect(expectSameReading(text)).toBe(true)
  })

  it("is there for half of the sample repository", () => {
    const read = yamlFiles().filter(expectSameReading)
    expect(read.length).toBeGreaterThanOrEqual(yamlFiles().length / 2)
  })
})
