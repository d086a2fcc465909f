import { describe, expect, it } from "vitest"
import {
  bitString,
  encode,
  integer,
  members,
  oid,
  parseDer,
  readBitString,
  readBoolean,
  readNumber,
  readOid,
  readText,
  readTime,
  readUnsigned,
  sequence,
  setOf,
  TAG,
  text,
} from "../../../src/artifact/der.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const from = (digits: string) => new Uint8Array(Buffer.from(digits, "hex"))
const unreadable = expect.objectContaining({ code: "key-unreadable" })

describe("writing DER", () => {
  it.each([
    [0, "020100"],
    [127, "02017f"],
    [128, "02020080"],
    [2048, "02020800"],
    [65537, "0203010001"],
  ])("writes %i in the fewest bytes", (value, expected) => {
    expect(hex(integer(value))).toBe(expected)
  })

  it("takes leading zeros off a number and keeps it positive", () => {
    expect(hex(integer(from("0000ff")))).toBe("020200ff")
  })

  it.each([
    ["2.5.4.3", "0603550403"],
    ["1.2.840.113549.1.1.11", "06092a864886f70d01010b"],
    ["2.16.840.1.113894.746875.1.1", "060c6086480186f966adca7b0101"],
    ["2.999", "06028837"],
  ])("writes and reads the object identifier %s", (dotted, expected) => {
    expect(hex(oid(dotted))).toBe(expected)
    expect(readOid(parseDer(from(expected)))).toBe(dotted)
  })

  it.each([
    [127, "047f"],
    [128, "048180"],
    [256, "04820100"],
    [70_000, "0483011170"],
  ])("writes a length of %i in the fewest bytes", (length, header) => {
    const bytes = encode(TAG.OCTET_STRING, new Uint8Array(length))
    expect(hex(bytes).startsWith(header)).toBe(true)
    expect(parseDer(bytes).content).toHaveLength(length)
  })

  it("sorts the members of a set", () => {
    expect(hex(setOf(integer(2), oid("2.5.4.3"), integer(1)))).toBe("310b0201010201020603550403")
  })
})

describe("reading DER", () => {
  it("gives views of the bytes it was read from", () => {
    const bytes = sequence(integer(1), sequence(integer(2)))
    const [, inner] = members(parseDer(bytes))
    expect(hex(inner?.raw ?? new Uint8Array())).toBe("3003020102")
    expect(inner?.raw.buffer).toBe(bytes.buffer)
  })

  it.each([
    ["nothing", ""],
    ["a cut header", "30"],
    ["a cut length", "3082"],
    ["cut content", "300502"],
    ["trailing bytes", "300000"],
    ["an indefinite length", "30800000"],
    ["a padded length", "308103020101"],
    ["a short length in long form", "30810105"],
    ["a length of eight bytes", "30880000000000000001ff"],
    ["a tag above 30", "1f8101020304"],
  ])("refuses %s", (_, digits) => {
    expect(() => parseDer(from(digits))).toThrow(unreadable)
  })

  it("reads one level only, so nesting costs nothing", () => {
    let nested: Uint8Array = integer(1)
    for (let depth = 0; depth < 5_000; depth++) nested = sequence(nested)
    expect(members(parseDer(nested))).toHaveLength(1)
  })

  it.each([
    ["a negative integer", () => readUnsigned(parseDer(from("0201ff")))],
    ["a padded integer", () => readUnsigned(parseDer(from("02020001")))],
    ["an empty integer", () => readUnsigned(parseDer(from("0200")))],
    ["a huge count", () => readNumber(parseDer(from("020500ffffffff")))],
    ["a boolean of another byte", () => readBoolean(parseDer(from("010101")))],
    ["a bit string with unused bits", () => readBitString(parseDer(bitString(Uint8Array.of(0x80), 7)))],
    ["an object identifier that is cut", () => readOid(parseDer(from("06022a86")))],
    ["an empty object identifier", () => readOid(parseDer(from("0600")))],
    ["another tag", () => readOid(parseDer(integer(1)))],
    ["a missing member", () => readOid(undefined)],
  ])("refuses %s", (_, read) => {
    expect(read).toThrow(unreadable)
  })

  it.each([
    [TAG.UTC_TIME, "491231235959Z", "2049-12-31T23:59:59.000Z"],
    [TAG.UTC_TIME, "500101000000Z", "1950-01-01T00:00:00.000Z"],
    [TAG.GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00.000Z"],
    [TAG.GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59.000Z"],
  ])("reads time %i %s", (tag, digits, expected) => {
    expect(new Date(readTime(parseDer(text(tag, digits)))).toISOString()).toBe(expected)
  })

  it.each([
    [TAG.UTC_TIME, "4912312359Z"],
    [TAG.UTC_TIME, "491231235959+0100"],
    [TAG.UTC_TIME, "490230000000Z"],
    [TAG.GENERALIZED_TIME, "20500101000000.5Z"],
    [TAG.UTF8_STRING, "20500101000000Z"],
  ])("refuses time %i %s", (tag, digits) => {
    expect(() => readTime(parseDer(text(tag, digits)))).toThrow(unreadable)
  })

  it("reads the strings that names are written in", () => {
    expect(readText(parseDer(text(TAG.UTF8_STRING, "Zürich")))).toBe("Zürich")
    expect(readText(parseDer(encode(TAG.BMP_STRING, Buffer.from("Zürich", "utf16le").swap16())))).toBe("Zürich")
    expect(readText(parseDer(encode(TAG.T61_STRING, Buffer.from("Zürich", "latin1"))))).toBe("Zürich")
  })
})
