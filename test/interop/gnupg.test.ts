import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { fileDigest } from "../../src/artifact/digest.ts"
import {
  decryptAndVerify,
  type GeneratedOpenPgpKey,
  generateOpenPgpKey,
  verifyDetached,
} from "../../src/artifact/openpgp.ts"
import { readOpenPgpKey } from "../../src/artifact/openpgp-facts.ts"
import { formatSums } from "../../src/artifact/sums.ts"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"
import { type Gnupg, openGnupg } from "../support/gnupg.ts"
import { bytes, trusted } from "../support/pgp.ts"
import { hasTool } from "../support/tools.ts"

/** GnuPG reads the clock, so these tests do too. */
const now: Instant = instantFromMillis(Date.now())
const born = later(now, -3600_000)
const content = bytes("PK\u0003\u0004 a bundle")

const make = (name: string, kind: "ecc" | "rsa", passphrase?: string): Promise<GeneratedOpenPgpKey> =>
  generateOpenPgpKey({
    userId: `${name} <${name}@example.com>`,
    kind,
    createdAt: born,
    ...(passphrase !== undefined && { passphrase }),
  })

describe.runIf(hasTool("gpg"))("GnuPG", () => {
  let gpg: Gnupg

  beforeAll(() => {
    gpg = openGnupg()
  })
  afterAll(() => gpg.close())

  describe.each(["ecc", "rsa"] as const)("with our %s keys", kind => {
    let release: GeneratedOpenPgpKey
    let recipients: readonly GeneratedOpenPgpKey[]

    beforeAll(async () => {
      release = await make(`release-${kind}`, kind)
      recipients = [
        await make(`alice-${kind}`, kind),
        ...(await Promise.all(["b", "c", "d", "e"].map(name => make(`${name}-${kind}`, "ecc")))),
      ]
      gpg.import(release.publicKeyArmored)
      gpg.import(recipients[0]?.privateKeyArmored ?? "")
    })

    it("imports them under the fingerprint that we tell", () => {
      const { stdout } = gpg.run(["--with-colons", "--list-keys", release.fingerprint])
      expect(stdout.toString()).toContain(`fpr:::::::::${release.fingerprint}:`)
      expect(stdout.toString()).toContain(kind === "rsa" ? ":3072:1:" : ":255:22:")
    })

    it("verifies the detached signature", async () => {
      const signature = await (await openPgpSigner(release)).sign(content, now)
      const asc = gpg.file("manifest.json.asc", signature)
      const { status } = gpg.run(["--verify", asc, gpg.file("manifest.json", content)])
      expect(status).toContain(`VALIDSIG ${release.fingerprint}`)
    })

    it.each([1, 5])("decrypts what is encrypted to %i recipients, and finds it signed", async count => {
      const signer = await openPgpSigner(release)
      const armored = recipients.slice(0, count).map(key => key.publicKeyArmored)
      const message = await signer.signAndEncrypt(content, armored, "bundle.zip", now)
      const { stdout, status } = gpg.run(["--decrypt", gpg.file("bundle.zip.gpg", message)])
      expect(stdout).toEqual(Buffer.from(content))
      expect(status).toContain(`VALIDSIG ${release.fingerprint}`)
      expect(status).toContain("DECRYPTION_OKAY")
      expect(status).toMatch(/PLAINTEXT 62 \d+ bundle\.zip/)
      expect(status.match(/ENC_TO /g)).toHaveLength(count)
    })
  })

  it("opens a key of ours with its passphrase", async () => {
    const passphrase = "test only"
    const key = await make("locked", "ecc", passphrase)
    gpg.import(key.privateKeyArmored)
    const signing = ["--pinentry-mode", "loopback", "--passphrase", passphrase, "-u", key.fingerprint]
    const signature = gpg.run([...signing, "--armor", "--detach-sign"], content).stdout.toString()
    const request = { data: content, signatureArmored: signature, keys: [trusted(key)], at: now, subject: "it" }
    expect(await verifyDetached(request)).toMatchObject({ fingerprint: key.fingerprint })
  })

  const makeByGpg = (name: string, parameters: readonly string[]): GeneratedOpenPgpKey => {
    const fingerprint = gpg.generate([...parameters, `Name-Real: ${name}`])
    return {
      fingerprint,
      publicKeyArmored: gpg.run(["--armor", "--export", fingerprint]).stdout.toString(),
      privateKeyArmored: gpg.run(["--armor", "--export-secret-keys", fingerprint]).stdout.toString(),
    }
  }
  const ed25519 = ["Key-Type: eddsa", "Key-Curve: ed25519", "Key-Usage: sign"]
  const rsa3072 = ["Key-Type: rsa", "Key-Length: 3072", "Key-Usage: sign"]
  const cv25519Subkey = ["Subkey-Type: ecdh", "Subkey-Curve: cv25519", "Subkey-Usage: encrypt"]
  const rsa3072Subkey = ["Subkey-Type: rsa", "Subkey-Length: 3072", "Subkey-Usage: encrypt"]
  const ed25519Subkey = ["Subkey-Type: eddsa", "Subkey-Curve: ed25519", "Subkey-Usage: sign"]

  describe.each([
    ["ed25519", [...ed25519, ...cv25519Subkey]],
    ["rsa3072", [...rsa3072, ...rsa3072Subkey]],
    ["ed25519 with a signing subkey", [...ed25519, ...ed25519Subkey]],
  ])("makes a key (%s) that we", (name, parameters) => {
    let key: GeneratedOpenPgpKey

    beforeAll(() => {
      key = makeByGpg(name, parameters)
    })

    it("know the facts of", async () => {
      expect(await readOpenPgpKey(bytes(key.publicKeyArmored), later(now, 60_000))).toMatchObject({
        ok: true,
        value: { fingerprint: key.fingerprint, isPrivate: false, canSign: true, userIds: [name] },
      })
    })

    it("believe the signatures of", async () => {
      const signatureArmored = gpg.run(["-u", key.fingerprint, "--armor", "--detach-sign"], content).stdout.toString()
      const request = { data: content, signatureArmored, keys: [trusted(key)], at: later(now, 60_000), subject: "it" }
      expect(await verifyDetached(request)).toMatchObject({ fingerprint: key.fingerprint })
    })

    it("sign with, and gpg believes it", async () => {
      const signature = await (await openPgpSigner(key)).sign(content, later(now, 30_000))
      const files = [gpg.file("by-us.asc", signature), gpg.file("by-us", content)]
      const { status } = gpg.run(["--ignore-time-conflict", "--verify", ...files])
      expect(status).toMatch(new RegExp(`VALIDSIG [0-9A-F]{40} .* ${key.fingerprint}`))
    })
  })

  describe.each([
    ["ed25519 and cv25519", [...ed25519, ...cv25519Subkey]],
    ["rsa3072", [...rsa3072, ...rsa3072Subkey]],
  ])("makes a recipient (%s) that we", (name, parameters) => {
    let key: GeneratedOpenPgpKey

    beforeAll(() => {
      key = makeByGpg(`recipient ${name}`, parameters)
    })

    it("encrypt to, and gpg decrypts", async () => {
      const release = await make("release", "ecc")
      gpg.import(release.publicKeyArmored)
      const at = later(now, 30_000)
      const message = await (await openPgpSigner(release)).signAndEncrypt(content, [key.publicKeyArmored], "a.zip", at)
      const args = ["--ignore-time-conflict", "--decrypt", gpg.file("to-gpg.gpg", message)]
      expect(gpg.run(args).stdout).toEqual(Buffer.from(content))
    })

    it("open the messages of, compressed as gpg does", async () => {
      const message = gpg.run(["-u", key.fingerprint, "-r", key.fingerprint, "--sign", "--encrypt"], content).stdout
      const opened = await decryptAndVerify({
        message,
        identityKeyArmored: key.privateKeyArmored,
        signers: [trusted(key)],
        maximumBytes: 1000,
        at: later(now, 60_000),
        subject: "it",
      })
      expect(opened).toMatchObject({ data: content, reader: key.fingerprint })
    })
  })

  it("signs with a subkey while the primary key stays at home, and so do we", async () => {
    const fingerprint = gpg.generate([
      "Key-Type: eddsa",
      "Key-Curve: ed25519",
      "Key-Usage: cert",
      "Subkey-Type: eddsa",
      "Subkey-Curve: ed25519",
      "Subkey-Usage: sign",
      "Name-Real: offline primary",
    ])
    const privateKeyArmored = gpg.run(["--armor", "--export-secret-subkeys", fingerprint]).stdout.toString()
    const publicKeyArmored = gpg.run(["--armor", "--export", fingerprint]).stdout.toString()
    const at = later(now, 30_000)
    const signer = await openPgpSigner({ privateKeyArmored })
    const signatureArmored = await signer.sign(content, at)
    const keys = [{ fingerprint, publicKeyArmored }]
    expect(await verifyDetached({ data: content, signatureArmored, keys, at, subject: "it" })).toMatchObject({
      fingerprint,
    })
  })

  it("revokes a key, and we notice", async () => {
    const key = await make("leaked", "ecc")
    gpg.import(key.privateKeyArmored)
    const signatureArmored = await (await openPgpSigner(key)).sign(content, now)
    const answers = ["y", "1", "it leaked", "", "y", ""].join("\n")
    const revocation = gpg.run(["--no-batch", "--command-fd", "0", "--gen-revoke", key.fingerprint], answers).stdout
    gpg.import(revocation.toString())
    const publicKeyArmored = gpg.run(["--armor", "--export", key.fingerprint]).stdout.toString()
    const keys = [{ fingerprint: key.fingerprint, publicKeyArmored }]
    const request = { data: content, signatureArmored, keys, at: later(now, 60_000), subject: "it" }
    await expect(verifyDetached(request)).rejects.toMatchObject({ code: "signer-revoked" })
  })
})

describe.runIf(hasTool("sha256sum"))("sha256sum", () => {
  it("checks what we list, and objects to what was changed", () => {
    const folder = mkdtempSync("/tmp/sums-")
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
    const check = () => spawnSync("sha256sum", ["--strict", "-c", "SHA256SUMS"], { cwd: folder }).status
    const name = "secure-connect-checkout-payments-prod.zip.gpg"
    write(name, "content")
    write("SHA256SUMS", formatSums([fileDigest(name, bytes("content"))]))
    expect(check()).toBe(0)
    write(name, "changed")
    expect(check()).toBe(1)
    rmSync(folder, { recursive: true })
  })
})
