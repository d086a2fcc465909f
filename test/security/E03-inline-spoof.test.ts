import * as pgp from "openpgp"
import { beforeAll, describe, expect, it } from "vitest"
import { decryptAndVerify, type GeneratedOpenPgpKey, verifyDetached } from "../../src/artifact/openpgp.ts"
import { bytes, eccKey, NOW, openKey, sealed, sealedPackets, trusted, unsealedPackets } from "../support/pgp.ts"
import { verdict } from "../support/published.ts"

let release: GeneratedOpenPgpKey
let alice: GeneratedOpenPgpKey
/** What is inside an honest message: one-pass signature, literal data, signature. */
let honest: readonly pgp.AnyPacket[]
let spoof: pgp.AnyPacket

beforeAll(async () => {
  ;[release, alice] = await Promise.all([eccKey("release"), eccKey("alice")])
  honest = await unsealedPackets(await sealed(bytes("genuine"), { recipient: alice, signer: release }), alice)
  const [literal] = (await pgp.createMessage({ binary: bytes("spoofed") })).packets
  if (literal === undefined) throw new Error("a message has a packet")
  spoof = literal
})

async function open(packets: readonly pgp.AnyPacket[]): Promise<string> {
  const message = await sealedPackets(packets, alice)
  try {
    const { data } = await decryptAndVerify({
      message,
      identityKeyArmored: alice.privateKeyArmored,
      signers: [trusted(release)],
      maximumBytes: 1000,
      at: NOW,
      subject: "it",
    })
    return new TextDecoder().decode(data)
  } catch (error) {
    return verdict(Promise.reject(error))
  }
}

/** A compressed packet around others, as it looks when it is read. */
async function compressed(packets: readonly pgp.AnyPacket[]): Promise<pgp.AnyPacket> {
  const packet = Object.assign(new pgp.CompressedDataPacket(), { algorithm: pgp.enums.compression.zip })
  const list = new pgp.PacketList<pgp.AnyPacket>()
  list.push(...packets)
  return Object.assign(packet, { packets: list })
}

describe("E03 content beside the signed content", () => {
  it("opens the honest sequence", async () => {
    expect(await open(honest)).toBe("genuine")
  })

  it("never gives spoofed content out as signed, wherever it stands", async () => {
    const [onePass, literal, signature] = honest as [pgp.AnyPacket, pgp.AnyPacket, pgp.AnyPacket]
    const forged: readonly (readonly pgp.AnyPacket[])[] = [
      [spoof, ...honest],
      [...honest, spoof],
      [onePass, spoof, literal, signature],
      [onePass, literal, spoof, signature],
      [onePass, spoof, signature],
      [signature, spoof],
      [await compressed([spoof]), ...honest],
      [...honest, await compressed([spoof])],
      [await compressed([spoof, ...honest])],
      [onePass, await compressed([spoof]), signature],
      [signature, await compressed([literal]), spoof],
      [spoof],
    ]
    for (const [index, packets] of forged.entries()) {
      const answer = await open(packets)
      expect(["payload-malformed", "signature-invalid", "signature-missing"], `sequence ${index}`).toContain(answer)
    }
  })

  it("takes no inline-signed or cleartext-signed message for a detached signature over something else", async () => {
    const signingKeys = await openKey(release)
    const date = new Date(NOW)
    const inline = await pgp.sign({ message: await pgp.createMessage({ binary: bytes("genuine") }), signingKeys, date })
    const clear = await pgp.sign({ message: await pgp.createCleartextMessage({ text: "genuine" }), signingKeys, date })
    const verify = (signatureArmored: string, text: string) =>
      verdict(verifyDetached({ data: bytes(text), signatureArmored, keys: [trusted(release)], at: NOW, subject: "it" }))
    for (const text of ["genuine", "spoofed"]) {
      expect(await verify(inline, text)).toBe("signature-invalid")
      expect(await verify(clear, text)).toBe("signature-invalid")
    }
  })

  it("takes no signature over text, whose line ends may change, for one over bytes", async () => {
    const text = await pgp.sign({
      message: await pgp.createMessage({ text: "a\nb" }),
      signingKeys: await openKey(release),
      detached: true,
      date: new Date(NOW),
    })
    const verify = (data: string) =>
      verdict(
        verifyDetached({ data: bytes(data), signatureArmored: text, keys: [trusted(release)], at: NOW, subject: "it" }),
      )
    expect(await verify("a\nb")).toBe("signature-invalid")
    expect(await verify("a\r\nb")).toBe("signature-invalid")
  })
})
