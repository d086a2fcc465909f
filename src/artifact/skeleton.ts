import { ScbError } from "../domain/errors.ts"
import { formatInstant } from "../domain/instant.ts"
import { canonicalJson } from "../domain/json.ts"
import { readStorePasswords } from "./config-json.ts"
import { contentOf, encode, explicit, members, octetString, oid, parseDer, readOid, sequence } from "./der.ts"
import { sha256 } from "./digest.ts"
import { readJks } from "./jks.ts"
import { METADATA_ENTRY, PRIVATE_ENTRIES, README_ENTRY } from "./layout.ts"
import { decodeCertificates, encodePem } from "./pem.ts"
import { EXTENSION } from "./x509.ts"
import { type Certificate, readCertificate } from "./x509-read.ts"
import { readZip } from "./zip-read.ts"

/**
 * A bundle without what every renewal has anew: serial, validity and key of the certificate, all that follows from them
 * (signature, key identifier, digests, the entries that hold the private key), passwords, version number and dates.
 * Two bundles with the same skeleton differ in nothing else.
 */
export interface Skeleton {
  /** In the order of the ZIP; of each entry, the SHA-256 of what is left of it. */
  readonly entries: readonly { readonly name: string; readonly mode: number; readonly sha256: string }[]
  readonly sha256: string
}

/** From the published ZIP or the one that its owner has completed: the same for both. Throws `bundle-invalid`. */
export function skeletonOf(zip: Uint8Array): Skeleton {
  const { entries, problems } = readZip(zip)
  const [problem] = problems
  if (problem !== undefined) throw invalid(`it is no ZIP that all readers see alike: ${problem.kind}`)
  const texts = new Map(entries.map(({ name, data = new Uint8Array() }) => [name, data] as const))
  const blank = blanksOf(texts)
  const left = entries
    .filter(({ name }) => !(PRIVATE_ENTRIES as readonly string[]).includes(name))
    .map(({ name, mode, data = new Uint8Array() }) => ({
      name,
      mode,
      sha256: sha256((blank[name] ?? same)(data)),
    }))
  return { entries: left, sha256: sha256(utf8(canonicalJson(["scb skeleton 1", ...left]))) }
}

type Blank = (data: Uint8Array) => Uint8Array
const same: Blank = data => data

/** How each entry that changes with every renewal is written without that. */
function blanksOf(texts: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, Blank>> {
  const leaf = leafOf(texts)
  const passwords = readStorePasswords(textOf(texts, "config.json"))
  if (passwords === undefined) throw invalid("config.json does not hold the three store passwords")
  return {
    "config.json": overText(text => without(text, Object.values(passwords))),
    cert: overText(pem => {
      const [first = new Uint8Array(), ...chain] = decodeCertificates(pem)
      return [withoutKey(first), ...chain].map(der => encodePem("CERTIFICATE", der)).join("")
    }),
    "trustStore.jks": data =>
      utf8(
        readJks(data, passwords.trustStore)
          .map(entry => (entry.kind === "certificate" ? `${entry.alias} ${sha256(entry.certificate)}\n` : entry.kind))
          .join(""),
      ),
    [README_ENTRY]: overText(text =>
      without(text.replace(/^(# Secure Connect Bundle \S+) \S+\n/, "$1\n"), datesAndDigests(leaf)),
    ),
    [METADATA_ENTRY]: overText(text => without(withoutNumbers(text), datesAndDigests(leaf))),
  }
}

/** Texts by which only this certificate can be meant. */
function datesAndDigests({ facts }: Certificate): readonly string[] {
  return [formatInstant(facts.notBefore), formatInstant(facts.notAfter), facts.sha256, facts.spkiSha256]
}

/** Members by their place, for their values could stand elsewhere too; byte for byte the rest. */
function withoutNumbers(metadata: string): string {
  return metadata.replace(/^( {2}"(?:version|createdAt)"| {4}"serial"): "[^"]*"/gm, '$1: ""')
}

/** Names, extensions and issuer stay, and of the key its kind (the fields of RFC 5280 §4.1). */
function withoutKey(der: Uint8Array): Uint8Array {
  const [body, algorithm] = members(parseDer(der))
  const { keyAlgorithm, keyBits } = readCertificate(der).facts
  const fields = members(body)
  const serial = fields[0]?.tag === explicit(0) ? 1 : 0
  const [validity, key] = [serial + 3, serial + 5]
  const kept = fields.map(({ tag, raw }, index) => {
    if (index === serial || index === validity) return new Uint8Array()
    if (index === key) return utf8(`${keyAlgorithm} ${keyBits}`)
    return tag === explicit(3) ? withoutKeyId(raw) : raw
  })
  return sequence(sequence(...kept), algorithm?.raw ?? new Uint8Array())
}

function withoutKeyId(raw: Uint8Array): Uint8Array {
  const extensions = members(parseDer(contentOf(parseDer(raw), explicit(3)))).map(extension => {
    const [name] = members(extension)
    if (readOid(name) !== EXTENSION.subjectKeyIdentifier) return extension.raw
    return sequence(oid(EXTENSION.subjectKeyIdentifier), octetString(new Uint8Array()))
  })
  return encode(explicit(3), sequence(...extensions))
}

function leafOf(texts: ReadonlyMap<string, Uint8Array>): Certificate {
  const [leaf] = decodeCertificates(textOf(texts, "cert"))
  if (leaf === undefined) throw invalid("cert holds no certificate")
  return readCertificate(leaf)
}

function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, ""), text)
}

function overText(change: (text: string) => string): Blank {
  return data => utf8(change(Buffer.from(data).toString("utf8")))
}

function textOf(texts: ReadonlyMap<string, Uint8Array>, name: string): string {
  const data = texts.get(name)
  if (data === undefined) throw invalid(`${name} is missing`)
  return Buffer.from(data).toString("utf8")
}

function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"))
}

function invalid(why: string): ScbError {
  return new ScbError("bundle-invalid", `what a bundle is made of cannot be told: ${why}`)
}
