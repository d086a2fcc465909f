import type {
  BundleInspection,
  InspectedCertificate,
  InspectedConfig,
  InspectedKey,
  InspectedMetadata,
  InspectedPfx,
  InspectedStore,
} from "../domain/inspection.ts"
import { attempt } from "./checks/attempt.ts"
import { sha256 } from "./digest.ts"
import { isJks, readJks } from "./jks.ts"
import { readPrivateKey } from "./keys.ts"
import { METADATA_ENTRY, type RootEntry } from "./layout.ts"
import { decodePem } from "./pem.ts"
import { readPkcs12 } from "./pkcs12-read.ts"
import { printable } from "./printable.ts"
import { EXTENDED_KEY_USAGE } from "./x509.ts"
import { type Certificate, readCertificates } from "./x509-read.ts"
import { readZip } from "./zip-read.ts"

/** Looks into a bundle, ours or anybody's, and judges nothing. Never throws; what cannot be read is named in `problems`. */
export function inspectBundle(bytes: Uint8Array): BundleInspection {
  const zip = readZip(bytes)
  const contents = new Map(zip.entries.map(entry => [entry.name, entry.data]))
  const problems: string[] = zip.problems.map(problem =>
    "entry" in problem && problem.entry !== undefined ? `${printable(problem.entry)}: ${problem.kind}` : problem.kind,
  )
  const look = <T>(name: RootEntry | typeof METADATA_ENTRY, read: (data: Uint8Array) => T): T | undefined => {
    const data = contents.get(name)
    if (data === undefined) return undefined
    const seen = attempt(() => read(data))
    if (seen.ok) return seen.value
    problems.push(`${name}: ${seen.problem}`)
    return undefined
  }
  const config = look("config.json", parseObject)
  const [certificate, ...chain] = look("cert", inspectCertificates) ?? []
  return {
    size: bytes.length,
    sha256: sha256(bytes),
    entries: zip.entries.map(({ name, size, compressedSize, modifiedAt }) => ({
      name: printable(name),
      size,
      compressedSize,
      modifiedAt,
    })),
    problems,
    chain,
    trusted: look("ca.crt", inspectCertificates) ?? [],
    ...defined("certificate", certificate),
    ...defined("identity", certificate?.alternativeNames.find(name => name.startsWith(SPIFFE))?.slice("URI:".length)),
    ...defined("config", config && inspectConfig(config)),
    ...defined("key", look("key", inspectKey)),
    ...defined(
      "keyStore",
      look("identity.jks", data => inspectStore(data, textOf(config, "keyStorePassword"))),
    ),
    ...defined(
      "trustStore",
      look("trustStore.jks", data => inspectStore(data, textOf(config, "trustStorePassword"))),
    ),
    ...defined(
      "pfx",
      look("cert.pfx", data => inspectPfx(data, textOf(config, "pfxCertPassword"))),
    ),
    ...defined(
      "metadata",
      look(METADATA_ENTRY, data => inspectMetadata(parseObject(data))),
    ),
  }
}

const SPIFFE = "URI:spiffe://"

type Fields = Readonly<Record<string, unknown>>

/** Throws for what is no JSON object; the words of the error are dropped, for they quote the text. */
function parseObject(data: Uint8Array): Fields {
  const value: unknown = JSON.parse(
    Buffer.from(data)
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
  )
  if (typeof value !== "object" || value === null) throw new Error("no object")
  return { ...value }
}

/** The text itself: it may be a password. */
function textOf(fields: Fields | undefined, name: string): string {
  const value = fields?.[name]
  return typeof value === "string" ? value : ""
}

const PASSWORDS = ["keyStorePassword", "trustStorePassword", "pfxCertPassword"]

function inspectConfig(fields: Fields): InspectedConfig {
  return {
    passwords: PASSWORDS.filter(name => typeof fields[name] === "string").map(name => ({
      name,
      length: textOf(fields, name).length,
    })),
    hasLogin: "username" in fields || "password" in fields,
    ...shown("host", fields["host"]),
    ...numbered("port", fields["port"]),
    ...numbered("cqlPort", fields["cql_port"]),
    ...shown("keyspace", fields["keyspace"]),
    ...shown("datacenter", fields["localDC"]),
  }
}

function inspectMetadata(fields: Fields): InspectedMetadata {
  const cluster = fields["cluster"]
  const environment = typeof cluster === "object" && cluster !== null ? { ...cluster } : {}
  return {
    ...shown("bundle", fields["bundle"]),
    ...shown("version", fields["version"]),
    ...shown("createdAt", fields["createdAt"]),
    ...shown("application", fields["application"]),
    ...shown("owner", fields["owner"]),
    ...shown("role", fields["role"]),
    ...("environment" in environment ? shown("environment", environment.environment) : {}),
    ...shown("keySource", fields["keySource"]),
  }
}

function inspectCertificates(pem: Uint8Array): readonly InspectedCertificate[] {
  return readCertificates(pem).map(inspectCertificate)
}

function inspectCertificate(certificate: Certificate): InspectedCertificate {
  const { facts, alternativeNames, keyUsage, extendedKeyUsage, scheme } = certificate
  return {
    ...facts,
    alternativeNames: alternativeNames.map(({ kind, value }) => printable(`${kind.toUpperCase()}:${value}`)),
    keyUsage: [...(keyUsage ?? [])],
    extendedKeyUsage: (extendedKeyUsage ?? []).map(oid => USAGES.get(oid) ?? oid),
    signatureHash: scheme?.hash ?? "unknown",
  }
}

const USAGES = new Map<string, string>(Object.entries(EXTENDED_KEY_USAGE).map(([name, oid]) => [oid, name]))

const ENCODINGS: Readonly<Record<string, InspectedKey["encoding"]>> = {
  "PRIVATE KEY": "PKCS#8",
  "RSA PRIVATE KEY": "PKCS#1",
  "EC PRIVATE KEY": "SEC1",
}

/** Throws for an encrypted key: there is nothing to show of it. */
function inspectKey(data: Uint8Array): InspectedKey {
  const text = Buffer.from(data).toString("latin1")
  const { algorithm } = readPrivateKey(text)
  const [encoding = "PKCS#8"] = decodePem(text).flatMap(({ label }) => ENCODINGS[label] ?? [])
  return { encoding, algorithm }
}

function inspectStore(data: Uint8Array, password: string): InspectedStore {
  if (!isJks(data)) {
    const { keys, certificates } = readPkcs12(data, password)
    return { format: "PKCS#12", keys: keys.length, certificates: certificates.length, aliases: [] }
  }
  const entries = readJks(data, password)
  const keys = entries.filter(entry => entry.kind === "key").length
  const aliases = entries.map(entry => printable(entry.alias))
  return { format: "JKS", keys, certificates: entries.length - keys, aliases }
}

function inspectPfx(data: Uint8Array, password: string): InspectedPfx {
  const { keys, certificates, encryptions, macHash } = readPkcs12(data, password)
  return {
    keys: keys.length,
    certificates: certificates.length,
    encryptions: [...new Set(encryptions)],
    ...defined("macHash", macHash),
  }
}

function shown<K extends string>(name: K, value: unknown): { readonly [P in K]?: string } {
  return defined(name, typeof value === "string" ? printable(value) : undefined)
}

function numbered<K extends string>(name: K, value: unknown): { readonly [P in K]?: number } {
  return defined(name, typeof value === "number" ? value : undefined)
}

/** A field that is there only when there is a value. */
function defined<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: V })
}
