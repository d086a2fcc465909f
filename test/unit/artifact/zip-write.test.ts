import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { writeZip } from "../../../src/artifact/zip-write.ts"
import { parseInstant } from "../../../src/domain/instant.ts"
import { NOW, text } from "../../support/zip.ts"

const entry = (name: string) => ({ name, data: text(name), mode: 0o644 })

describe("writeZip", () => {
  it("gives the same bytes for the same entries and instant, for ever and in every time zone", () => {
    const zip = writeZip([entry("config.json"), entry("examples/java/Connect.java")], NOW)
    expect(createHash("sha256").update(zip).digest("hex")).toBe(
      "c618595d33af0416e4af557ccea4027ccfde25bf69941becfdeb074ac39635e8",
    )
  })

  it("keeps the order of the entries, numbers included", () => {
    const zip = writeZip([entry("10"), entry("2"), entry("1")], NOW)
    expect(readZip(zip).entries.map(each => each.name)).toEqual(["10", "2", "1"])
  })

  it.each(["", "/etc/passwd", "../cert", "a/../b", "./cert", "a//b", "dir/", "C:cert", "a\\b", "ä", "a\n"])(
    "refuses the name %j",
    name => {
      expect(() => writeZip([entry(name)], NOW)).toThrow(/unsafe entry name/)
    },
  )

  it("refuses two names that differ only in case", () => {
    expect(() => writeZip([entry("cert"), entry("CERT")], NOW)).toThrow(/used twice/)
  })

  it("refuses a year that the format cannot hold", () => {
    expect(() => writeZip([entry("a")], parseInstant("1979-12-31") ?? NOW)).toThrow(/1979/)
  })
})
