import { inspect } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { decryptAndVerify, type GeneratedOpenPgpKey, generateOpenPgpKey } from "../../src/artifact/openpgp.ts"
import { readOpenPgpKey } from "../../src/artifact/openpgp-facts.ts"
import { later } from "../../src/domain/instant.ts"
import { BORN, bytes, DAY, eccKey, NOW, sealed, trusted } from "../support/pgp.ts"
import { customerOf, makePublisher, refusalOf } from "../support/published.ts"

const PASSPHRASE = "canary-passphrase"
let locked: GeneratedOpenPgpKey
let open: GeneratedOpenPgpKey

beforeAll(async () => {
  const expiresAt = later(NOW, -DAY)
  locked = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, passphrase: PASSPHRASE })
  open = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, expiresAt })
})

/** Everything that could be printed of an error, with all that hangs on it. */
function everythingIn(error: unknown): string {
  return inspect(error, { depth: 20, maxStringLength: null, maxArrayLength: null, showHidden: true })
}

function expectNoSecretIn(text: string): void {
  expect(text).not.toContain("canary")
  for (const { privateKeyArmored } of [locked, open]) {
    const lines = privateKeyArmored.split("\n").filter(line => /^[A-Za-z0-9+/=]{20,}$/.test(line))
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines) expect(text).not.toContain(line)
  }
}

/** Ways in which a key arrives broken: its own text is in the hands of a parser that may quote it. */
const damages: readonly (readonly [string, (armored: string) => string])[] = [
  ["whole", armored => armored],
  ["without its blank line", armored => armored.replace("\n\n", "\n")],
  ["without its first line", armored => armored.replace(/^.*\n/, "")],
  ["without its last line", armored => armored.replace(/\n-----END.*\n?$/, "")],
  ["cut off", armored => armored.slice(0, 400)],
  ["on one line", armored => armored.replaceAll("\n", " ")],
  ["with a foreign letter", armored => armored.replace("\n\n", "\n\n!")],
  ["twice", armored => armored + armored],
  ["with other base64", armored => armored.replace(/[A-M]/g, "z")],
]

describe("C14 keys and passphrases in errors", () => {
  it.each(damages)("says nothing secret about a signing key that is %s", async (_, damage) => {
    for (const { privateKeyArmored } of [locked, open]) {
      const key = { privateKeyArmored: damage(privateKeyArmored), passphrase: `${PASSPHRASE} wrong` }
      const outcome = await openPgpSigner(key).then(
        async signer => signer.sign(bytes("data"), NOW).catch(error => everythingIn(error)),
        error => everythingIn(error),
      )
      expectNoSecretIn(outcome)
    }
  })

  it.each(damages)("says nothing secret about an identity that is %s", async (_, damage) => {
    const [alice, release] = await Promise.all([eccKey("alice"), eccKey("release")])
    const message = await sealed(bytes("content"), { recipient: alice, signer: release })
    for (const { privateKeyArmored } of [locked, open]) {
      const refusal = await refusalOf(
        decryptAndVerify({
          message,
          identityKeyArmored: damage(privateKeyArmored),
          passphrase: `${PASSPHRASE} wrong`,
          signers: [trusted(release)],
          maximumBytes: 1000,
          at: NOW,
          subject: "it",
        }),
      )
      expectNoSecretIn(everythingIn(refusal))
    }
  })

  it("says nothing secret about a private key that was put where a public one belongs", async () => {
    const facts = await readOpenPgpKey(bytes(open.privateKeyArmored), NOW)
    expectNoSecretIn(everythingIn(facts))
    const signer = await openPgpSigner(await eccKey("release"))
    const refusal = await refusalOf(signer.signAndEncrypt(bytes("data"), [open.privateKeyArmored], "a", NOW))
    expectNoSecretIn(everythingIn(refusal))
  })

  it("says nothing of the content of a bundle that it refuses", async () => {
    const publisher = await makePublisher()
    let key = ""
    await publisher.release({
      zip: zip => {
        key = Buffer.from(zip).toString("latin1")
        return zip
      },
      manifest: manifest => ({ ...manifest, files: manifest.files.slice(1) }),
    })
    await publisher.catalog()
    const text = everythingIn(await refusalOf(customerOf(publisher).fetch()))
    const lines = /-----BEGIN PRIVATE KEY-----\n([^-]+)-----/.exec(key)?.[1]?.trim().split("\n") ?? []
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(text).not.toContain(line)
  })
})
