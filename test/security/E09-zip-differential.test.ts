import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { assembleBundle } from "../../src/artifact/bundle.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { sampleBundle } from "../support/bundle.ts"
import { buildZip, type HostileArchive, type HostileEntry, text } from "../support/zip.ts"

const GOOD = text('{"host":"good"}')
const EVIL = text('{"host":"evil"}')

const kinds = (entries: readonly HostileEntry[], archive?: HostileArchive) =>
  readZip(buildZip(entries, archive)).problems.map(problem => problem.kind)

/** The reader of the npm cassandra-driver, as it reads a bundle. */
interface DriverZip {
  getEntries(): readonly { readonly entryName: string; getData(): Buffer }[]
}

function driverReads(zip: Uint8Array): ReadonlyMap<string, Buffer> {
  const fromDriver = createRequire(createRequire(import.meta.url).resolve("cassandra-driver"))
  const AdmZip: new (bytes: Buffer) => DriverZip = fromDriver("adm-zip")
  return new Map(new AdmZip(Buffer.from(zip)).getEntries().map(entry => [entry.entryName, entry.getData()]))
}

describe("E09: two readers see the same bundle, or we say that they do not", () => {
  it("reports config.json twice: Java, Node, Go and Python take the last, C# and C++ the first", () => {
    expect(
      kinds([
        { name: "config.json", data: GOOD },
        { name: "config.json", data: EVIL },
      ]),
    ).toEqual(["duplicate-name"])
  })

  it("reports names that are one file on Windows and macOS", () => {
    expect(readZip(buildZip([{ name: "config.json" }, { name: "CONFIG.json" }])).problems).toEqual([
      { kind: "case-collision", entry: "CONFIG.json", other: "config.json" },
    ])
  })

  it("reports an entry that only a streaming reader finds", () => {
    expect(
      kinds([
        { name: "config.json", data: GOOD },
        { name: "config.json", data: EVIL, unlisted: true },
      ]),
    ).toEqual(["unlisted-bytes"])
  })

  it("reports an entry that only a streaming reader finds at the very front", () => {
    expect(
      kinds([
        { name: "config.json", data: EVIL, unlisted: true },
        { name: "config.json", data: GOOD },
      ]),
    ).toEqual(["leading-bytes"])
  })

  it.each([
    ["name", { name: "config.json", local: { name: "config.jso_" } }, "headers-differ"],
    ["method", { name: "config.json", method: 8, local: { method: 0 } }, "headers-differ"],
    ["size", { name: "config.json", local: { size: 3 } }, "headers-differ"],
    ["CRC", { name: "config.json", local: { crc: 3 } }, "headers-differ"],
    ["data descriptor", { name: "config.json", method: 8, flags: 8 }, "headers-differ"],
  ] as const)("reports that local and central header differ in the %s", (_, entry, kind) => {
    expect(kinds([entry])).toContain(kind)
  })

  it("reports two archives in one file, whichever is read", () => {
    const first = buildZip([{ name: "config.json", data: GOOD }])
    expect(kinds([{ name: "config.json", data: EVIL }], { prefix: first })).toEqual(["leading-bytes"])
    expect(kinds([{ name: "config.json", data: EVIL }], { suffix: text("PK") })).toEqual(["trailing-bytes"])
  })

  it("reports an end record in the comment of another", () => {
    const inner = Buffer.from(buildZip([{ name: "config.json", data: EVIL }])).toString("latin1")
    expect(kinds([{ name: "config.json", data: GOOD }], { comment: inner })).not.toEqual([])
  })

  it("reports a DEFLATE stream that ends before the entry does", () => {
    const honest = buildZip([{ name: "config.json", method: 8, data: GOOD }])
    expect(readZip(honest).problems).toEqual([])
    const raw = Buffer.concat([Buffer.from([0x03, 0x00]), Buffer.from("hidden")])
    expect(kinds([{ name: "config.json", method: 8, data: new Uint8Array(), raw }])).toEqual(["data-corrupt"])
  })

  it("reports more headers than the end record counts", () => {
    expect(kinds([{ name: "a" }, { name: "config.json" }], { count: 1 })).toEqual(["entry-count-differs"])
  })

  it("reports two entries that share their bytes", () => {
    expect(
      kinds([
        { name: "config.json", data: GOOD },
        { name: "cert", raw: new Uint8Array(), offset: 0 },
      ]),
    ).toContain("overlap")
  })

  it("reads our own bundles as the driver does", async () => {
    const { zip } = assembleBundle((await sampleBundle()).contents)
    const ours = new Map(readZip(zip).entries.map(({ name, data }) => [name, Buffer.from(data ?? [])]))
    expect(driverReads(zip)).toEqual(ours)
  })
})
