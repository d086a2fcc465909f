import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readZip } from "../../src/artifact/zip-read.ts"
import { writeZip } from "../../src/artifact/zip-write.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { buildZip, NOW } from "../support/zip.ts"

const name = fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,2}\.[A-Z]{3}$/)
const entries = fc.uniqueArray(
  fc.record({ name, data: fc.uint8Array({ maxLength: 300 }), mode: fc.constantFrom(0o600, 0o644) }),
  { selector: entry => entry.name.toLowerCase(), maxLength: 20 },
)
const instant = fc
  .integer({ min: Date.UTC(1980, 0, 1) / 2000, max: Date.UTC(2107, 11, 31) / 2000 })
  .map(twoSeconds => instantFromMillis(twoSeconds * 2000))

describe("ZIP", () => {
  it("comes back as it was written, without a problem", () => {
    fc.assert(
      fc.property(entries, instant, (written, at) => {
        const { entries: read, problems } = readZip(writeZip(written, at))
        expect(problems).toEqual([])
        expect(read.map(({ name, data, mode }) => ({ name, data, mode: mode & 0o777 }))).toEqual(written)
        expect(read.every(entry => entry.modifiedAt === at)).toBe(true)
      }),
    )
  })

  it("never reads changed bytes as good ones: one flipped bit is a problem, or changes only what no reader acts on", () => {
    const zip = writeZip(
      [
        { name: "config.json", data: Buffer.from('{"host":"cass.example.com"}'), mode: 0o600 },
        { name: "cert", data: Buffer.from("certificate"), mode: 0o644 },
      ],
      NOW,
    )
    const good = readZip(zip).entries.map(({ data, size }) => ({ data, size }))
    fc.assert(
      fc.property(fc.nat(zip.length * 8 - 1), bit => {
        const changed = Uint8Array.from(zip)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const reading = readZip(changed)
        if (reading.problems.length === 0) {
          expect(reading.entries.map(({ data, size }) => ({ data, size }))).toEqual(good)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it("is read without an exception whatever the bytes are", () => {
    const magic = fc.constantFrom("504b0304", "504b0102", "504b0506", "504b0606", "504b0607", "504b0708", "ffffffff")
    const chunk = fc.oneof(
      magic.map(hex => Uint8Array.from(Buffer.from(hex, "hex"))),
      fc.uint8Array({ maxLength: 40 }),
    )
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), chunks => {
        expect(Array.isArray(readZip(Uint8Array.from(Buffer.concat(chunks))).problems)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it("is read without an exception when any four bytes of a good archive lie", () => {
    const zip = buildZip(
      [
        { name: "a", method: 8, descriptor: "bare" },
        { name: "b", zip64: true },
      ],
      { zip64End: {} },
    )
    fc.assert(
      fc.property(fc.nat(zip.length - 4), fc.integer({ min: 0, max: 0xffffffff }), (at, value) => {
        const changed = Buffer.from(zip)
        changed.writeUInt32LE(value, at)
        for (const { data, size } of readZip(changed).entries) expect(data?.length ?? size).toBe(size)
      }),
      { numRuns: 1_000 },
    )
  })
})
