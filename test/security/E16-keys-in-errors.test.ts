import { createPrivateKey } from "node:crypto"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { localAuthority } from "../../src/adapters/authority-local.ts"
import { environmentSecrets } from "../../src/adapters/secrets-environment.ts"
import { readRequest } from "../../src/artifact/csr.ts"
import { openKeyEntry, readJks, writeIdentityStore } from "../../src/artifact/jks.ts"
import { readPrivateKey } from "../../src/artifact/keys.ts"
import { decodeCertificates, decodePem, encodePem } from "../../src/artifact/pem.ts"
import { writePkcs12 } from "../../src/artifact/pkcs12.ts"
import { readPkcs12 } from "../../src/artifact/pkcs12-read.ts"
import { readCertificateFacts } from "../../src/artifact/x509-read.ts"
import { seededEntropy } from "../support/entropy.ts"
import { makePki } from "../support/pki.ts"

const CANARY = "canary7hunter2canary7"
const pki = await makePki()
const client = await pki.client()
const { keyPem } = pki.issuer
const encryptedPem = createPrivateKey(keyPem)
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: CANARY })
  .toString()
const pfx = writePkcs12({
  privateKey: client.privateKey,
  chain: client.chain,
  friendlyName: "client",
  password: CANARY,
  randomBytes: seededEntropy("pfx").bytes,
})
const jks = writeIdentityStore({
  privateKey: client.privateKey,
  chain: client.chain,
  alias: "client",
  password: CANARY,
  createdAt: pki.now,
  salt: seededEntropy("jks").bytes(20),
})
const authority = { certificatePem: pki.issuer.certificatePem, keyPem, now: pki.now }

/** Four characters less than a line of base64 are enough to find a key by. */
const pieces = [...keyPem.split("\n").slice(1, -2), ...client.keyPem.split("\n").slice(1, -2), CANARY].map(line =>
  line.slice(0, 60),
)

const failures: readonly (readonly [string, () => unknown])[] = [
  ["a passphrase that is wrong", () => readPrivateKey(encryptedPem, `${CANARY}x`)],
  [
    "a passphrase beside bytes that are no key",
    () => readPrivateKey("-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----", CANARY),
  ],
  ["a key that is cut", () => readPrivateKey(keyPem.slice(0, 150))],
  ["a key whose base64 is damaged", () => readPrivateKey(keyPem.replace("M", "*"))],
  ["a key whose DER is damaged", () => readPrivateKey(encodePem("PRIVATE KEY", client.privateKey.subarray(0, 60)))],
  ["a key under a label of another kind", () => readPrivateKey(keyPem.replaceAll("PRIVATE KEY", "PUBLIC KEY"))],
  ["a passphrase as key", () => readPrivateKey(CANARY)],
  ["a key as passphrase", () => readPrivateKey(encryptedPem, keyPem)],
  ["a key among certificates", () => decodeCertificates(pki.issuer.certificatePem + keyPem)],
  ["a key in a file of certificates", () => raise(readCertificateFacts(Buffer.from(keyPem)))],
  ["a key in a request", () => readRequest(Buffer.from(keyPem))],
  ["a key with text where a label is due", () => decodePem(`${keyPem}-----END ${CANARY.slice(0, 3)}-----`)],
  ["an issuer's key that is another's", () => localAuthority({ ...authority, keyPem: client.keyPem })],
  ["an issuer's certificate that is its key", () => localAuthority({ ...authority, certificatePem: keyPem })],
  ["an issuer's passphrase that is missing", () => localAuthority({ ...authority, keyPem: encryptedPem })],
  [
    "an issuer's passphrase that is wrong",
    () => localAuthority({ ...authority, keyPem: encryptedPem, passphrase: `${CANARY}x` }),
  ],
  ["a keystore's wrong password", () => readJks(jks, `${CANARY}x`)],
  [
    "a keystore's wrong key password",
    () => readJks(jks, CANARY).map(entry => entry.kind === "key" && openKeyEntry(entry, `${CANARY}x`)),
  ],
  ["a PKCS#12's wrong password", () => readPkcs12(pfx, `${CANARY}x`)],
  ["a PKCS#12 that is cut", () => readPkcs12(pfx.subarray(0, 400), CANARY)],
  ["a secret where its reference is due", () => environmentSecrets({}).read(CANARY)],
  ["a key where its reference is due", () => environmentSecrets({}).read(keyPem)],
  [
    "a secret where the name of its file is due",
    () => environmentSecrets({ KEY_FILE: `/x/${CANARY}` }).read("env:KEY"),
  ],
  ["a key where the name of its file is due", () => environmentSecrets({ KEY_FILE: keyPem }).read("env:KEY")],
]

function raise(value: unknown): never {
  throw value
}

describe("an error", () => {
  it.each(failures)("about %s says nothing of the secret", async (_, fail) => {
    const error: unknown = await Promise.resolve()
      .then(fail)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    expect(error).toBeDefined()
    const told = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })
    for (const piece of pieces) expect(told.includes(piece)).toBe(false)
  })
})
