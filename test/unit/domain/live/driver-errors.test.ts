import { describe, expect, it } from "vitest"
import { finding } from "../../../../src/domain/findings.ts"
import { driverErrors } from "../../../../src/domain/live/driver-errors.ts"

describe("what a driver says", () => {
  it("of a file that is no ZIP is that it misses an entry", () => {
    const found = finding("Z1", "archive", "the file is not a ZIP")
    expect(driverErrors("java", found)).toEqual(["Invalid bundle: missing file config.json"])
    expect(driverErrors("cql-proxy", found)).toEqual(["zip: not a valid zip file"])
  })

  it("of a certain fault of the ZIP stands before what it says of all", () => {
    const found = finding("Z1", "cert", "entry cert does not match its CRC", { cause: "zip-crc" })
    expect(driverErrors("nodejs", found)[0]).toBe("ADM-ZIP: CRC32 checksum failed")
  })
})
