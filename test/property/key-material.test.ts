import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  encode,
  integer,
  members,
  oid,
  parseDer,
  readOid,
  readTime,
  readUnsigned,
  sequence,
  TAG,
  time,
} from "../../src/artifact/der.ts"
import { openKeyEntry, readJks, writeIdentityStore, writeTrustStore } from "../../src/artifact/jks.ts"
import { decodePem, encodePem } from "../../src/artifact/pem.ts"
import { writePkcs12 } from "../../src/artifact/pkcs12.ts"
import { readPkcs12 } from "../../src/artifact/pkcs12-read.ts"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import { ScbError } from "../../src/domain/errors.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { seededEntropy } from "../support/entropy.ts"
import { certify, makePki } from "../support/pki.ts"

const pki = await makePki()
const client = await pki.client()
const bytes = (maximum: number) => fc.uint8Array({ minLength: 1, maxLength: maximum })
const password = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/)
const instant = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(9999, 11, 31) }).map(instantFromMillis)

/** A valid file with some bytes changed: what parsers meet from strangers. */
const mutated = (file: Uint8Array) =>
  fc
    .array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map(changes => changes.reduce((copy, [at, byte]) => copy.fill(byte, at, at + 1), Uint8Array.from(file)))

function onlyScbError(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(ScbError)
  }
}

describe("DER", () => {
  it("reads what it wrote", () => {
    fc.assert(
      fc.property(bytes(300), bytes(300), (a, b) => {
        const [first, second] = members(parseDer(sequence(encode(TAG.OCTET_STRING, a), integer(b))))
        expect(Buffer.compare(first?.content ?? b, a)).toBe(0)
        expect(BigInt(`0x${Buffer.from(readUnsigned(second)).toString("hex")}`)).toBe(
          BigInt(`0x${Buffer.from(b).toString("hex")}`),
        )
      }),
    )
  })

  it("reads every object identifier that it wrote", () => {
    const arcs = fc.tuple(fc.nat(2), fc.nat(39), fc.array(fc.nat(), { maxLength: 8 }))
    fc.assert(
      fc.property(arcs, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join(".")
        expect(readOid(parseDer(oid(dotted)))).toBe(dotted)
      }),
    )
  })

  it("reads every instant that it wrote, to the second", () => {
    fc.assert(
      fc.property(instant, at => {
        expect(readTime(parseDer(time(at)))).toBe(at)
      }),
    )
  })
})

describe("PEM", () => {
  it("reads what it wrote, and nothing but an ScbError comes from anything else", () => {
    fc.assert(
      fc.property(bytes(500), der => {
        expect(decodePem(encodePem("X", der))).toEqual([{ label: "X", der, headers: {} }])
      }),
    )
    fc.assert(fc.property(fc.string(), text => onlyScbError(() => decodePem(`-----BEGIN X-----\n${text}`))))
  })
})

describe("a certificate", () => {
  it("is read as it was built", () => {
    fc.assert(
      fc.property(bytes(16), instant, instant, (serial, notBefore, notAfter) => {
        fc.pre(serial.some(byte => byte !== 0))
        const { certificate } = certify(
          client,
          { subject: pki.root.signer.name, serial, notBefore, notAfter, keyUsage: ["digitalSignature"] },
          pki.issuer.signer,
        )
        const { facts } = readCertificate(certificate)
        expect(BigInt(`0x${facts.serial}`)).toBe(BigInt(`0x${Buffer.from(serial).toString("hex")}`))
        expect([facts.notBefore, facts.notAfter]).toEqual([notBefore, notAfter])
      }),
    )
  })

  it("makes no trouble but an ScbError when its bytes are changed", () => {
    fc.assert(fc.property(mutated(client.certificate), file => onlyScbError(() => readCertificate(file))))
  })
})

describe("a keystore", () => {
  const stored = (secret: string) => ({
    privateKey: client.privateKey,
    chain: client.chain,
    password: secret,
  })

  it("of Java opens under its password alone", () => {
    fc.assert(
      fc.property(password, password, bytes(2000), instant, (secret, other, privateKey, createdAt) => {
        fc.pre(secret !== other)
        const salt = seededEntropy(secret).bytes(20)
        const store = writeIdentityStore({ ...stored(secret), privateKey, alias: "client", createdAt, salt })
        const [entry] = readJks(store, secret)
        if (entry?.kind !== "key") throw new Error("no key entry")
        expect(entry.createdAt).toBe(createdAt)
        expect(Buffer.compare(openKeyEntry(entry, secret), privateKey)).toBe(0)
        expect(() => readJks(store, other)).toThrow(ScbError)
      }),
    )
  })

  it("of PKCS#12 opens under its password alone", () => {
    fc.assert(
      fc.property(password, password, fc.string({ maxLength: 20 }), (secret, other, friendlyName) => {
        fc.pre(secret !== other)
        const file = writePkcs12({ ...stored(secret), friendlyName, randomBytes: seededEntropy(secret).bytes })
        expect(readPkcs12(file, secret).certificates).toEqual(client.chain)
        expect(() => readPkcs12(file, other)).toThrow(ScbError)
      }),
      { numRuns: 30 },
    )
  })

  it("makes no trouble but an ScbError when its bytes are changed", () => {
    const secret = "FakePassword12345"
    const pfx = writePkcs12({ ...stored(secret), friendlyName: "x", randomBytes: seededEntropy("x").bytes })
    const jks = writeTrustStore({ certificates: client.chain, password: secret, createdAt: pki.now })
    fc.assert(
      fc.property(mutated(pfx), file => onlyScbError(() => readPkcs12(file, secret))),
      { numRuns: 60 },
    )
    fc.assert(fc.property(mutated(jks), file => onlyScbError(() => readJks(file, secret))))
  })
})
