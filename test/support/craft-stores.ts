import { createCipheriv, createHash, createHmac } from "node:crypto"
import forge from "node-forge"
import { encode, explicit, implicit, integer, nul, octetString, oid, sequence, setOf } from "../../src/artifact/der.ts"
import { protectKey } from "../../src/artifact/jks.ts"
import { PKCS12 } from "../../src/artifact/pkcs12.ts"
import { bmpPassword, derivePkcs12, PURPOSE } from "../../src/artifact/pkcs12-kdf.ts"

/** What a store holds, of which our own writers allow only the good. */
export type CraftedEntry =
  | { readonly privateKey: Uint8Array; readonly chain: readonly Uint8Array[]; readonly keyPassword?: string }
  | { readonly certificate: Uint8Array }

const SALT = Buffer.alloc(20, 7)

/** A JKS of any entries. */
export function craftJks(entries: readonly CraftedEntry[], password: string): Uint8Array {
  const certificate = (der: Uint8Array): readonly Uint8Array[] => [utf("X.509"), u4(der.length), der]
  const body = entries.flatMap((entry, index): readonly Uint8Array[] => {
    const head = (kind: number): readonly Uint8Array[] => [u4(kind), utf(`entry-${index}`), Buffer.alloc(8)]
    if ("certificate" in entry) return [...head(2), ...certificate(entry.certificate)]
    const key = protectKey(entry.privateKey, entry.keyPassword ?? password, SALT)
    return [...head(1), u4(key.length), key, u4(entry.chain.length), ...entry.chain.flatMap(certificate)]
  })
  const content = Buffer.concat([u4(0xfeedfeed), u4(2), u4(entries.length), ...body])
  const seal = createHash("sha1").update(Buffer.from(password, "utf16le").swap16()).update("Mighty Aphrodite")
  return Uint8Array.from(Buffer.concat([content, seal.update(content).digest()]))
}

export interface CraftedPkcs12 {
  readonly keys?: readonly Uint8Array[]
  readonly certificates?: readonly Uint8Array[]
  readonly password: string
  /** RC2-40 certificates and a 3DES key, as Astra has them; otherwise nothing is encrypted. */
  readonly legacy?: boolean
  /** The attribute by which Java trusts a certificate. */
  readonly javaTrust?: boolean
}

/** A PKCS#12 file with a SHA-1 MAC of one iteration, as Astra has it. */
export function craftPkcs12({ keys = [], certificates = [], password, ...how }: CraftedPkcs12): Uint8Array {
  const trusted = setOf(sequence(oid("2.16.840.1.113894.746875.1.1"), setOf(oid("2.5.29.37.0"))))
  const certBags = sequence(
    ...certificates.map(der =>
      sequence(
        oid(PKCS12.certBag),
        encode(explicit(0), sequence(oid(PKCS12.x509Certificate), encode(explicit(0), octetString(der)))),
        ...(how.javaTrust === true ? [trusted] : []),
      ),
    ),
  )
  const keyBags = sequence(
    ...keys.map(pkcs8 =>
      how.legacy === true
        ? sequence(oid(PKCS12.shroudedKeyBag), encode(explicit(0), tripleDesKey(pkcs8, password)))
        : sequence(oid(PKCS12.keyBag), encode(explicit(0), pkcs8)),
    ),
  )
  const safe = sequence(how.legacy === true ? rc2Content(certBags, password) : content(certBags), content(keyBags))
  const key = derive(password, PURPOSE.mac, 20)
  const mac = createHmac("sha1", key).update(safe).digest()
  const digest = sequence(sequence(oid("1.3.14.3.2.26"), nul()), octetString(mac))
  return Uint8Array.from(sequence(integer(3), content(safe), sequence(digest, octetString(SALT), integer(1))))
}

function content(bytes: Uint8Array): Uint8Array {
  return sequence(oid(PKCS12.data), encode(explicit(0), octetString(bytes)))
}

function rc2Content(bytes: Uint8Array, password: string): Uint8Array {
  const cipher = forge.rc2.createEncryptionCipher(binary(derive(password, PURPOSE.key, 5)), 40)
  cipher.start(binary(derive(password, PURPOSE.iv, 8)))
  cipher.update(forge.util.createBuffer(binary(bytes)))
  cipher.finish()
  const ciphertext = Buffer.from(cipher.output.getBytes(), "latin1")
  const info = sequence(oid(PKCS12.data), scheme("1.2.840.113549.1.12.1.6"), encode(implicit(0), ciphertext))
  return sequence(oid(PKCS12.encryptedData), encode(explicit(0), sequence(integer(0), info)))
}

function tripleDesKey(pkcs8: Uint8Array, password: string): Uint8Array {
  const key = derive(password, PURPOSE.key, 24)
  const cipher = createCipheriv("des-ede3-cbc", key, derive(password, PURPOSE.iv, 8))
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  return sequence(scheme("1.2.840.113549.1.12.1.3"), octetString(ciphertext))
}

function scheme(name: string): Uint8Array {
  return sequence(oid(name), sequence(octetString(SALT), integer(1)))
}

function derive(password: string, purpose: (typeof PURPOSE)[keyof typeof PURPOSE], length: number): Uint8Array {
  return derivePkcs12({ hash: "sha1", password: bmpPassword(password), salt: SALT, iterations: 1, purpose, length })
}

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

function utf(text: string): Buffer {
  return Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)])
}

function u4(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
