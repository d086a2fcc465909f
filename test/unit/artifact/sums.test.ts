import { describe, expect, it } from "vitest"
import { fileDigest, sha256 } from "../../../src/artifact/digest.ts"
import { formatSums, parseSums } from "../../../src/artifact/sums.ts"

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

describe("digests", () => {
  it("are lower-case hex, with name and size", () => {
    expect(sha256(new Uint8Array())).toBe(EMPTY)
    expect(fileDigest("a", new Uint8Array())).toEqual({ name: "a", size: 0, sha256: EMPTY })
  })
})

describe("SHA256SUMS", () => {
  const sums = [
    { name: "manifest.json", sha256: EMPTY },
    { name: "secure-connect-a-b.zip.gpg", sha256: "0".repeat(64) },
  ]

  it("is written as GNU sha256sum writes it", () => {
    expect(formatSums(sums)).toBe(`${EMPTY}  manifest.json\n${"0".repeat(64)}  secure-connect-a-b.zip.gpg\n`)
  })

  it("reads what it writes, and the binary marker", () => {
    expect(parseSums(formatSums(sums))).toEqual(sums)
    expect(parseSums(`${EMPTY} *a\n`)).toEqual([{ name: "a", sha256: EMPTY }])
    expect(parseSums("")).toBeUndefined()
  })

  it.each(["a/b", "a b", "", "a\nb", "\\a"])("never writes or reads the name %j", name => {
    expect(() => formatSums([{ name, sha256: EMPTY }])).toThrow("no plain file name")
    expect(parseSums(`${EMPTY}  ${name}\n`)).toBeUndefined()
  })

  it("refuses a name twice, upper-case digits and a cut off line", () => {
    expect(parseSums(`${EMPTY}  a\n${EMPTY}  a\n`)).toBeUndefined()
    expect(parseSums(`${EMPTY.toUpperCase()}  a\n`)).toBeUndefined()
    expect(parseSums(`${EMPTY}  a`)).toBeUndefined()
  })
})
