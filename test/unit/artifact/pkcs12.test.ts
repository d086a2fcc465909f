import { describe, expect, it } from "vitest"
import {
  contentOf,
  encode,
  explicit,
  implicit,
  integer,
  members,
  nul,
  octetString,
  oid,
  parseDer,
  sequence,
  TAG,
} from "../../../src/artifact/der.ts"
import { PKCS12, writePkcs12 } from "../../../src/artifact/pkcs12.ts"
import { ITERATIONS_MAXIMUM, readPkcs12 } from "../../../src/artifact/pkcs12-read.ts"
import { seededEntropy } from "../../support/entropy.ts"
import { makePki } from "../../support/pki.ts"

const pki = await makePki()
const client = await pki.client()
const password = "FakePassword12345"
const wrong = expect.objectContaining({ code: "key-wrong-passphrase" })
const unreadable = expect.objectContaining({ code: "key-unreadable" })

const write = (seed: string) =>
  writePkcs12({
    privateKey: client.privateKey,
    chain: client.chain,
    friendlyName: "client",
    password,
    randomBytes: seededEntropy(seed).bytes,
  })
const pfx = write("one")

const data = (content: Uint8Array) => sequence(oid(PKCS12.data), encode(explicit(0), octetString(content)))

/** A file without integrity check whose one part asks for this many iterations. */
function asking(iterations: number): Uint8Array {
  const kdf = sequence(
    oid(PKCS12.pbkdf2),
    sequence(octetString(new Uint8Array(8)), integer(iterations), sequence(oid(PKCS12.hmacWithSha256), nul())),
  )
  const scheme = sequence(
    oid(PKCS12.pbes2),
    sequence(kdf, sequence(oid(PKCS12.aes256Cbc), octetString(new Uint8Array(16)))),
  )
  const info = sequence(oid(PKCS12.data), scheme, encode(implicit(0), new Uint8Array(16)))
  const part = sequence(oid(PKCS12.encryptedData), encode(explicit(0), sequence(integer(0), info)))
  return sequence(integer(3), data(sequence(part)))
}

/** X.690 §8.1.3.6, as BouncyCastle writes it. */
function indefinite(tag: number, ...contents: readonly (Uint8Array | undefined)[]): Uint8Array {
  return Buffer.concat([
    Uint8Array.of(tag, 0x80),
    ...contents.map(each => each ?? new Uint8Array()),
    Uint8Array.of(0, 0),
  ])
}

describe("a PKCS#12 file", () => {
  it("gives back key and chain under its password", () => {
    const store = readPkcs12(pfx, password)
    expect(store).toEqual({
      keys: [expect.anything()],
      certificates: client.chain,
      encryptions: ["PBES2 aes-256-cbc", "PBES2 aes-256-cbc"],
      macHash: "sha256",
      hasJavaTrustAttribute: false,
    })
    expect(Buffer.compare(store.keys[0] ?? new Uint8Array(), client.privateKey)).toBe(0)
  })

  it("repeats byte for byte from the same randomness, and differs wholly from other", () => {
    expect(write("one")).toEqual(pfx)
    expect(Buffer.from(write("two")).subarray(200, 260)).not.toEqual(Buffer.from(pfx).subarray(200, 260))
  })

  it("is not opened by another password, nor after a change of its content", () => {
    expect(() => readPkcs12(pfx, "another")).toThrow(wrong)
    expect(() => readPkcs12(pfx, "")).toThrow(wrong)
    const changed = Uint8Array.from(pfx)
    changed[300] = (changed[300] ?? 0) ^ 1
    expect(() => readPkcs12(changed, password)).toThrow(wrong)
  })

  it.each([
    ["nothing", new Uint8Array()],
    ["text", Buffer.from("not a store")],
    ["another version", sequence(integer(4), data(sequence()))],
    ["a cut file", pfx.subarray(0, pfx.length - 10)],
    [
      "a part of unknown kind",
      sequence(integer(3), data(sequence(sequence(oid("1.2.3"), encode(explicit(0), nul()))))),
    ],
    ["no BER either", Uint8Array.of(0x30, 0x80, 0x30, 0x80)],
  ])("is unreadable when it is %s", (_, bytes) => {
    expect(() => readPkcs12(bytes, password)).toThrow(unreadable)
  })

  it("is read in BER too, with indefinite lengths and strings in segments", () => {
    const [version, safe, mac] = members(parseDer(pfx))
    const [type, wrapped] = members(safe)
    const content = contentOf(parseDer(contentOf(wrapped, explicit(0))), TAG.OCTET_STRING)
    const segments = [content.subarray(0, 1000), content.subarray(1000)].map(octetString)
    const ber = indefinite(
      TAG.SEQUENCE,
      version?.raw,
      indefinite(TAG.SEQUENCE, type?.raw, indefinite(explicit(0), indefinite(0x24, ...segments))),
      mac?.raw,
    )
    expect(readPkcs12(ber, password).certificates).toEqual(client.chain)
    expect(() => readPkcs12(ber, "another")).toThrow(wrong)
  })

  it("cannot make its reader work for ever", () => {
    const started = performance.now()
    expect(() => readPkcs12(asking(ITERATIONS_MAXIMUM + 1), password)).toThrow(unreadable)
    expect(() => readPkcs12(asking(0), password)).toThrow(unreadable)
    expect(() => readPkcs12(asking(0x7fffffff), password)).toThrow(unreadable)
    expect(performance.now() - started).toBeLessThan(500)
  })
})
