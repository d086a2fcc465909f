import * as pgp from "openpgp"
import { beforeAll, describe, expect, it } from "vitest"
import { decryptAndVerify, type GeneratedOpenPgpKey, verifyDetached } from "../../src/artifact/openpgp.ts"
import { bytes, eccKey, NOW, openKey, signed, trusted } from "../support/pgp.ts"
import { verdict } from "../support/published.ts"

const data = bytes("release")
let release: GeneratedOpenPgpKey

beforeAll(async () => {
  release = await eccKey("release")
})

function notation(critical: boolean): pgp.RawNotation {
  return { name: "not-for-release@example.com", value: bytes("true"), humanReadable: true, critical }
}

describe("E05 unknown critical notation", () => {
  it("refuses a signature with a condition that we do not understand, and ignores a remark (RFC 9580 §5.2.3.24)", async () => {
    const verify = async (critical: boolean) => {
      const signatureArmored = await signed(data, release, { signatureNotations: notation(critical) })
      return verdict(verifyDetached({ data, signatureArmored, keys: [trusted(release)], at: NOW, subject: "it" }))
    }
    expect(await verify(true)).toBe("signature-invalid")
    expect(await verify(false)).toBe("accepted")
  })

  it("refuses it inside an encrypted message too", async () => {
    const alice = await eccKey("alice")
    const open = async (critical: boolean) => {
      const message = await pgp.encrypt({
        message: await pgp.createMessage({ binary: data }),
        encryptionKeys: await pgp.readKey({ armoredKey: alice.publicKeyArmored }),
        signingKeys: await openKey(release),
        signatureNotations: notation(critical),
        format: "binary",
        date: new Date(NOW),
      })
      const identityKeyArmored = alice.privateKeyArmored
      const request = {
        message,
        identityKeyArmored,
        signers: [trusted(release)],
        maximumBytes: 99,
        at: NOW,
        subject: "it",
      }
      return verdict(decryptAndVerify(request))
    }
    expect(await open(true)).toBe("signature-invalid")
    expect(await open(false)).toBe("accepted")
  })
})
