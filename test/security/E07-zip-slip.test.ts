import { describe, expect, it } from "vitest"
import { completeBundle } from "../../src/artifact/complete.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { buildZip, text } from "../support/zip.ts"

const reasons = (zip: Uint8Array) =>
  readZip(zip).problems.flatMap(problem => (problem.kind === "unsafe-name" ? problem.reason : []))

describe("E07: an entry cannot leave its folder", () => {
  it.each([
    ["../cert", "parent"],
    ["a/../../cert", "parent"],
    ["..", "parent"],
    ["../", "parent"],
    ["/etc/passwd", "absolute"],
    ["//server/share", "absolute"],
    ["C:/Windows/cert", "drive"],
    ["C:cert", "drive"],
    ["cert:stream", "drive"],
    ["..\\cert", "backslash"],
    ["\\\\server\\share", "backslash"],
    ["a\\..\\cert", "backslash"],
    ["./cert", "dot-slash"],
    ["a/./cert", "dot-slash"],
    ["a//cert", "dot-slash"],
    [".", "dot-slash"],
    ["cert\0.txt", "control-character"],
    ["cert\n", "control-character"],
    ["cert\u007f", "control-character"],
    ["ce\u202ert", "not-ascii"],
    ["сert", "not-ascii"],
    ["", "empty"],
  ])("calls the name %j unsafe: %s", (name, reason) => {
    expect(reasons(buildZip([{ name }]))).toEqual([reason])
  })

  it("looks at the name in the directory even when the local one is harmless", () => {
    expect(reasons(buildZip([{ name: "../cert", local: { name: "cert" } }]))).toEqual(["parent"])
  })

  it.each([
    ["a symbolic link", 0o120777],
    ["a device", 0o060600],
    ["a pipe", 0o010600],
    ["a socket", 0o140600],
  ])("tells %s from a file", (_, mode) => {
    expect(readZip(buildZip([{ name: "cert", mode, data: text("/etc/passwd") }])).problems).toEqual([
      { kind: "special-file", entry: "cert", mode },
    ])
  })

  it("reports a second name in a Unicode Path field", () => {
    const path = Buffer.from("../../cert")
    const extra = Buffer.concat([Buffer.from([0x75, 0x70, path.length + 5, 0, 1, 0, 0, 0, 0]), path])
    const kinds = readZip(buildZip([{ name: "cert", extra }])).problems.map(problem => problem.kind)
    expect(new Set(kinds)).toEqual(new Set(["second-name"]))
  })

  it("completes no bundle that has such an entry", () => {
    expect(() => completeBundle(buildZip([{ name: "../cert" }]), "unused", undefined)).toThrow(
      expect.objectContaining({ code: "bundle-invalid" }),
    )
  })
})
