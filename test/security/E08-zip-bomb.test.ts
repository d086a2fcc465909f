import { randomBytes } from "node:crypto"
import { deflateRawSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { BUNDLE_LIMITS, readZip } from "../../src/artifact/zip-read.ts"
import { buildZip, text } from "../support/zip.ts"

const kinds = (zip: Uint8Array) => readZip(zip).problems.map(problem => problem.kind)

/** Bytes that stay allocated and milliseconds that pass while an archive is read. */
const cost = (zip: Uint8Array): { readonly milliseconds: number; readonly bytes: number } => {
  const before = process.memoryUsage()
  const start = performance.now()
  const reading = readZip(zip)
  const milliseconds = performance.now() - start
  const after = process.memoryUsage()
  expect(reading.problems).not.toEqual([])
  return { milliseconds, bytes: after.rss - before.rss }
}

const NOTHING = new Uint8Array()
/** Compresses to a seventieth: under the limit of the ratio. */
const MEGABYTE = Uint8Array.from(Buffer.alloc(2 ** 20, randomBytes(10_000)))

const zeros = (size: number): Uint8Array => deflateRawSync(new Uint8Array(size))

describe("E08: an archive costs no more than its limits", () => {
  it.each([
    ["claims a gigabyte", { size: 2 ** 30 }, "entry-too-large"],
    ["claims four gigabytes in ZIP64", { size: 2 ** 40, zip64: true }, "entry-too-large"],
    ["inflates a thousandfold", { method: 8, data: new Uint8Array(2 ** 20) }, "ratio-too-high"],
    ["inflates to more than it claims", { method: 8, raw: zeros(2 ** 26), size: 100 }, "data-corrupt"],
    ["claims a little and holds nothing", { method: 8, raw: new Uint8Array(), size: 100 }, "data-corrupt"],
  ] as const)("refuses an entry that %s", (_, entry, kind) => {
    const reading = readZip(buildZip([{ name: "cert", ...entry }]))
    expect(reading.problems.map(problem => problem.kind)).toContain(kind)
    expect(reading.entries.every(each => each.data === undefined)).toBe(true)
  })

  it("does not inflate further than the claim", () => {
    const bomb = buildZip([{ name: "cert", method: 8, raw: zeros(2 ** 28), size: 2 ** 20, crc: 0 }])
    expect(cost(bomb).bytes).toBeLessThan(64 * 2 ** 20)
  })

  it("bounds the sum of all entries", () => {
    const entries = Array.from({ length: 9 }, (_, i) => ({ name: `a${i}`, method: 8, data: MEGABYTE }))
    const reading = readZip(buildZip(entries))
    expect(reading.problems.map(problem => problem.kind)).toEqual(["total-too-large"])
    expect(reading.entries.filter(entry => entry.data !== undefined)).toHaveLength(8)
  })

  it("counts a kernel that many entries share as often as it is used, and reports every overlap", () => {
    const kernel = { name: "a", method: 8, data: MEGABYTE }
    const compressedSize = deflateRawSync(MEGABYTE).length
    const copies = Array.from({ length: 200 }, (_, i) => ({
      ...kernel,
      name: `b${i}`,
      raw: NOTHING,
      compressedSize,
      offset: 0,
    }))
    const { entries, problems } = readZip(buildZip([kernel, ...copies]))
    expect(problems.filter(problem => problem.kind === "overlap")).toHaveLength(200)
    expect(problems.map(problem => problem.kind)).toContain("total-too-large")
    expect(entries.filter(entry => entry.data !== undefined)).toHaveLength(8)
  })

  it("refuses a million entries by their number alone", () => {
    const zip = buildZip([{ name: "a" }], { count: 1_000_000, zip64End: {} })
    expect(readZip(zip)).toEqual({
      entries: [],
      problems: [{ kind: "too-many-entries", count: 1_000_000, maximum: BUNDLE_LIMITS.entries }],
    })
  })

  it("refuses many entries that the end record does not admit", () => {
    const entries = Array.from({ length: BUNDLE_LIMITS.entries + 1 }, (_, i) => ({ name: `a${i}` }))
    expect(kinds(buildZip(entries, { count: 1 }))).toEqual(["too-many-entries"])
  })

  it("refuses an archive that is too large before it looks inside", () => {
    const zip = new Uint8Array(BUNDLE_LIMITS.archiveBytes + 1)
    expect(kinds(zip)).toEqual(["archive-too-large"])
  })

  it.each([
    ["an end record that claims 2^64 bytes of directory", { size: 2 ** 63 }],
    ["an end record whose directory begins at 2^62", { offset: 2 ** 62 }],
    ["a locator that points behind everything", { locator: 2 ** 62 }],
    ["another count than the short end record", { count: 7 }],
  ])("reports %s", (_, lie) => {
    expect(kinds(buildZip([{ name: "a" }], { zip64End: lie }))).toContain("zip64-contradiction")
  })

  it("reports sizes that are deferred to a ZIP64 field that is not there", () => {
    const zip = buildZip([{ name: "a", size: 0xffffffff, compressedSize: 0xffffffff }])
    expect(kinds(zip)).toContain("zip64-contradiction")
  })

  it("reads an archive inside an archive as bytes, and no deeper", () => {
    const inner = buildZip([{ name: "bomb", method: 8, data: new Uint8Array(2 ** 24) }])
    const { entries, problems } = readZip(buildZip([{ name: "inner.zip", data: inner }]))
    expect(problems).toEqual([])
    expect(entries[0]?.data).toEqual(inner)
  })

  it.each([
    ["eight megabytes of end record signatures", Buffer.alloc(2 ** 23, Buffer.from("504b0506", "hex"))],
    ["eight megabytes of central header signatures", Buffer.alloc(2 ** 23, Buffer.from("504b0102", "hex"))],
    ["eight megabytes of zeros", new Uint8Array(2 ** 23)],
  ])("is done with %s at once", (_, zip) => {
    expect(cost(zip).milliseconds).toBeLessThan(1_000)
  })

  it("survives every truncation of a good archive", () => {
    const zip = buildZip([
      { name: "config.json", data: text('{"host":"cass.example.com"}') },
      { name: "cert", method: 8, data: text("x".repeat(200)), descriptor: "signed" },
    ])
    for (let size = 0; size < zip.length; size++) expect(kinds(zip.subarray(0, size)), String(size)).not.toEqual([])
  })
})
