import { hkdfSync, X509Certificate } from "node:crypto"
import { ScbError } from "../domain/errors.ts"
import { readStorePasswords } from "./config-json.ts"
import { sha256 } from "./digest.ts"
import { readPrivateKey } from "./keys.ts"
import { entryMode, inLayoutOrder, PRIVATE_ENTRIES } from "./layout.ts"
import { decodeCertificates } from "./pem.ts"
import { privateEntries } from "./private-entries.ts"
import { readZip, type ZipReadingEntry } from "./zip-read.ts"
import { writeZip } from "./zip-write.ts"

/**
 * Adds the entries that hold the private key to a bundle that was published without them (`csr`); all others stay as
 * they are. A bundle that has them already, for the same certificate, comes back unchanged; the same bundle and key give
 * the same bytes, so that whoever compares what he deployed sees no change where there is none.
 * Throws `key-mismatch`, `key-unreadable`, `key-wrong-passphrase`, or `bundle-invalid`.
 */
export function completeBundle(zip: Uint8Array, privateKeyPem: string, passphrase: string | undefined): Uint8Array {
  const entries = readSoundZip(zip)
  const chain = decodeCertificates(textOf(entries, "cert"))
  const key = readPrivateKey(privateKeyPem, passphrase)
  checkMatch(chain, key.publicKey)
  const present = PRIVATE_ENTRIES.filter(name => entries.has(name))
  if (present.length === PRIVATE_ENTRIES.length) return keepComplete(zip, entries, chain)
  if (present.length > 0)
    throw invalid(`bundle has ${present.join(" and ")}, expected all or none of the private entries`)
  const passwords = readStorePasswords(textOf(entries, "config.json"))
  if (passwords === undefined) throw invalid("config.json does not hold the three store passwords")
  const createdAt = entryOf(entries, "config.json").modifiedAt
  const random = saltsOf(key.pkcs8, zip)
  const kept = [...entries.values()].map(({ name, data }) => ({ name, data: data ?? new Uint8Array() }))
  const added = privateEntries({ privateKey: key.pkcs8, chain, passwords, createdAt, random })
  return writeZip(
    inLayoutOrder([...kept, ...added]).map(({ name, data }) => ({ name, data, mode: entryMode(name) })),
    createdAt,
  )
}

/** Salts and initialisation vectors: different for every key and bundle, and known to nobody before the key is (RFC 5869). */
function saltsOf(privateKey: Uint8Array, zip: Uint8Array): (length: number) => Uint8Array {
  const bundle = sha256(zip)
  let drawn = 0
  return length => {
    drawn += 1
    return new Uint8Array(hkdfSync("sha256", privateKey, bundle, `scb salt ${drawn}`, length))
  }
}

function readSoundZip(zip: Uint8Array): ReadonlyMap<string, ZipReadingEntry> {
  const { entries, problems } = readZip(zip)
  const [problem] = problems
  if (problem !== undefined) throw invalid(`the file is no ZIP that can be trusted: ${problem.kind}`)
  return new Map(entries.map(entry => [entry.name, entry]))
}

/** The public key that came out of the private one must be the certificate's, byte for byte. */
function checkMatch(chain: readonly Uint8Array[], publicKey: Uint8Array): void {
  const [leaf] = chain
  if (leaf === undefined) throw invalid("cert holds no certificate")
  const certified = new X509Certificate(leaf).publicKey.export({ type: "spki", format: "der" })
  if (certified.equals(publicKey)) return
  throw new ScbError("key-mismatch", "private key does not belong to the bundle's certificate", {
    hint: "use the key that the certificate request in the repository was made with",
  })
}

function keepComplete(
  zip: Uint8Array,
  entries: ReadonlyMap<string, ZipReadingEntry>,
  chain: readonly Uint8Array[],
): Uint8Array {
  checkMatch(chain, readPrivateKey(textOf(entries, "key")).publicKey)
  return zip
}

function entryOf(entries: ReadonlyMap<string, ZipReadingEntry>, name: string): ZipReadingEntry {
  const entry = entries.get(name)
  if (entry === undefined) throw invalid(`${name} is missing`)
  return entry
}

function textOf(entries: ReadonlyMap<string, ZipReadingEntry>, name: string): string {
  return Buffer.from(entryOf(entries, name).data ?? []).toString("utf8")
}

function invalid(message: string): ScbError {
  return new ScbError("bundle-invalid", message, { hint: "fetch the bundle again" })
}
