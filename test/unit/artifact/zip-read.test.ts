import { describe, expect, it } from "vitest"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { writeZip } from "../../../src/artifact/zip-write.ts"
import { parseInstant } from "../../../src/domain/instant.ts"
import { buildZip, NOW, text } from "../../support/zip.ts"

const kinds = (zip: Uint8Array): readonly string[] => readZip(zip).problems.map(problem => problem.kind)

describe("readZip", () => {
  it("reads what writeZip wrote, without a problem", () => {
    const zip = writeZip([{ name: "config.json", data: text("{}"), mode: 0o600 }], NOW)
    const { entries, problems } = readZip(zip)
    expect(problems).toEqual([])
    expect(entries).toMatchObject([
      { name: "config.json", method: 0, flags: 0, size: 2, compressedSize: 2, mode: 0o100600, modifiedAt: NOW },
    ])
    expect(entries[0]?.data).toEqual(text("{}"))
  })

  it.each([
    ["deflated", { method: 8 }],
    ["deflated with a data descriptor", { method: 8, descriptor: "signed" }],
    ["deflated with a data descriptor that has no signature", { method: 8, descriptor: "bare" }],
    ["with the UTF-8 flag", { flags: 1 << 11 }],
    ["with a ZIP64 field", { zip64: true }],
    ["empty", { data: new Uint8Array() }],
  ] as const)("reads an entry that is %s", (_, entry) => {
    const zip = buildZip([{ name: "cert", data: text("x".repeat(40)), ...entry }])
    const reading = readZip(zip)
    expect(reading.problems).toEqual([])
    expect(reading.entries[0]?.data).toEqual("data" in entry ? entry.data : text("x".repeat(40)))
  })

  it("reads an empty archive", () => {
    expect(readZip(buildZip([]))).toEqual({ entries: [], problems: [] })
  })

  it("reads an archive with a ZIP64 end record", () => {
    expect(readZip(buildZip([{ name: "cert" }], { zip64End: {} }))).toMatchObject({
      problems: [],
      entries: [{ name: "cert" }],
    })
  })

  it("takes the DOS time as UTC", () => {
    const at = parseInstant("2024-02-29T23:59:58Z") ?? NOW
    expect(readZip(writeZip([{ name: "a", data: text(""), mode: 0o644 }], at)).entries[0]?.modifiedAt).toBe(at)
  })

  it.each([
    ["nothing", new Uint8Array(), ["not-a-zip"]],
    ["text", text("hello, this is not an archive at all"), ["not-a-zip"]],
    ["the first half of an archive", buildZip([{ name: "a" }]).subarray(0, 40), ["truncated"]],
    ["a stored entry with a descriptor", buildZip([{ name: "a", descriptor: "signed" }]), ["stored-with-descriptor"]],
    ["an encrypted entry", buildZip([{ name: "a", flags: 1 }]), ["encrypted"]],
    ["another method", buildZip([{ name: "a", method: 12 }]), ["method-unsupported"]],
    ["a wrong CRC", buildZip([{ name: "a", crc: 1 }]), ["crc-mismatch"]],
    ["a directory", buildZip([{ name: "d/", data: new Uint8Array() }]), ["directory-entry"]],
    ["a comment", buildZip([{ name: "a" }], { comment: "hello" }), ["comment"]],
    ["bytes in front", buildZip([{ name: "a" }], { prefix: text("#!/bin/sh\n") }), ["leading-bytes"]],
    ["bytes behind", buildZip([{ name: "a" }], { suffix: text("\n") }), ["trailing-bytes"]],
    ["stored data that is longer than it says", buildZip([{ name: "a", size: 1 }]), ["size-mismatch"]],
    ["a second disk", buildZip([{ name: "a" }], { disk: 1 }), ["multiple-disks"]],
  ])("names the problem of %s", (_, zip, expected) => {
    expect(kinds(zip)).toEqual(expected)
  })

  it("keeps the data of sound entries beside a broken one", () => {
    const reading = readZip(
      buildZip([
        { name: "a", crc: 1 },
        { name: "b", data: text("fine") },
      ]),
    )
    expect(reading.entries.map(entry => entry.data)).toEqual([undefined, text("fine")])
  })

  it("does not lend out the caller's memory", () => {
    const zip = buildZip([{ name: "a", data: text("one") }])
    const data = readZip(zip).entries[0]?.data
    zip.fill(0)
    expect(data).toEqual(text("one"))
  })
})
