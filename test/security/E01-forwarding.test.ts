import * as pgp from "openpgp"
import { beforeAll, describe, expect, it } from "vitest"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { decryptAndVerify, type GeneratedOpenPgpKey } from "../../src/artifact/openpgp.ts"
import { bytes, eccKey, NOW, sealed, sealedPackets, trusted, unsealedPackets } from "../support/pgp.ts"
import { customerOf, makePublisher, type ReleaseParts, verdict } from "../support/published.ts"

let release: GeneratedOpenPgpKey
let alice: GeneratedOpenPgpKey
let eve: GeneratedOpenPgpKey

beforeAll(async () => {
  ;[release, alice, eve] = await Promise.all([eccKey("release"), eccKey("alice"), eccKey("eve")])
})

const openAs = (reader: GeneratedOpenPgpKey, message: Uint8Array) =>
  verdict(
    decryptAndVerify({
      message,
      identityKeyArmored: reader.privateKeyArmored,
      signers: [trusted(release)],
      maximumBytes: 10_000,
      at: NOW,
      subject: "it",
    }),
  )

async function fetchedBy(reader: GeneratedOpenPgpKey, parts: ReleaseParts): Promise<string> {
  const publisher = await makePublisher()
  await publisher.release(parts)
  await publisher.catalog()
  return verdict(customerOf(publisher, reader).fetch())
}

describe("E01 strip, sign again, pass on", () => {
  it("notices that alice has passed her copy on to eve, whom the manifest does not name", async () => {
    const passedOn = async (zip: Uint8Array, name: string) => {
      const toAlice = await (await openPgpSigner(release)).signAndEncrypt(zip, [alice.publicKeyArmored], name, NOW)
      return sealedPackets(await unsealedPackets(toAlice, alice), eve)
    }
    expect(await fetchedBy(alice, {})).toBe("accepted")
    expect(await fetchedBy(eve, { payload: passedOn })).toBe("not-a-recipient")
  })

  it("refuses a payload that was encrypted again, even to the same recipient: it is not the manifest's", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog()
    const { files } = publisher.releases
    const path = [...files.keys()].find(each => each.endsWith(".gpg")) ?? ""
    const packets = await unsealedPackets(files.get(path) ?? new Uint8Array(), alice)
    files.set(path, await sealedPackets(packets, alice))
    expect(await verdict(customerOf(publisher).fetch())).toBe("digest-mismatch")
  })

  it("refuses content whose signature was stripped, or replaced by eve's", async () => {
    const content = bytes("content")
    expect(await openAs(alice, await sealed(content, { recipient: alice, signer: release }))).toBe("accepted")
    expect(await openAs(alice, await sealed(content, { recipient: alice }))).toBe("signature-missing")
    expect(await openAs(alice, await sealed(content, { recipient: alice, signer: eve }))).toBe("signer-untrusted")
  })

  it("refuses a signature in the open around an encrypted message", async () => {
    const inside = await sealed(bytes("content"), { recipient: alice })
    const message = await pgp.createMessage({ binary: inside })
    const signingKeys = await pgp.readPrivateKey({ armoredKey: release.privateKeyArmored })
    const outside = await pgp.sign({ message, signingKeys, format: "binary", date: new Date(NOW) })
    expect(await openAs(alice, outside)).toBe("payload-malformed")
  })

  it("refuses a password as one more way in", async () => {
    const message = await pgp.encrypt({
      message: await pgp.createMessage({ binary: bytes("content") }),
      encryptionKeys: await pgp.readKey({ armoredKey: alice.publicKeyArmored }),
      signingKeys: await pgp.readPrivateKey({ armoredKey: release.privateKeyArmored }),
      passwords: "shared",
      format: "binary",
      date: new Date(NOW),
    })
    expect(await openAs(alice, message)).toBe("payload-malformed")
  })
})
